namespace Crater.Lab.Api.Expressions;

/// <summary>Makes an evaluation of tokens, by CEL's grammar: ?: over || over &amp;&amp; over relations over sums over products over unary over members.</summary>
internal sealed class Parser(List<Token> tokens, IEnumerable<string> names)
{
    private static readonly string[] Relations = ["==", "!=", "<=", ">=", "<", ">"];
    private static readonly string[] Macros = ["all", "exists", "exists_one", "map", "filter"];

    private readonly HashSet<string> _names = [.. names];
    private int _at;

    private Token Next => tokens[_at];

    /// <exception cref="ExpressionException">It cannot be read.</exception>
    public Evaluation Read()
    {
        var whole = Conditional();
        return Next.Kind == TokenKind.End ? whole : throw Unexpected();
    }

    private Evaluation Conditional()
    {
        var condition = Either();
        if (!Take("?"))
        {
            return condition;
        }

        var yes = Either();
        Expect(":");
        var no = Conditional();
        return names => Operators.Truth(condition(names)) ? yes(names) : no(names);
    }

    private Evaluation Either()
    {
        var left = Both();
        while (Take("||"))
        {
            var (first, second) = (left, Both());
            left = names => Operators.Or(() => first(names), () => second(names));
        }

        return left;
    }

    private Evaluation Both()
    {
        var left = Relation();
        while (Take("&&"))
        {
            var (first, second) = (left, Relation());
            left = names => Operators.And(() => first(names), () => second(names));
        }

        return left;
    }

    private Evaluation Relation()
    {
        var left = Sum();
        while (true)
        {
            var sign = Next.Text;
            if (Next.Kind == TokenKind.Mark && Relations.Contains(sign))
            {
                _at++;
                var (first, second) = (left, Sum());
                left = names => Operators.Compare(sign, first(names), second(names));
            }
            else if (Next is { Kind: TokenKind.Name, Text: "in" })
            {
                _at++;
                var (first, second) = (left, Sum());
                left = names => Operators.IsIn(first(names), second(names));
            }
            else
            {
                return left;
            }
        }
    }

    private Evaluation Sum() => Chain(Product, "+", "-");

    private Evaluation Product() => Chain(Unary, "*", "/", "%");

    private Evaluation Chain(Func<Evaluation> part, params string[] signs)
    {
        var left = part();
        while (Next.Kind == TokenKind.Mark && signs.Contains(Next.Text))
        {
            var sign = tokens[_at++].Text;
            var (first, second) = (left, part());
            left = names => Operators.Calculate(sign, first(names), second(names));
        }

        return left;
    }

    private Evaluation Unary()
    {
        if (Take("!"))
        {
            var of = Unary();
            return names => !Operators.Truth(of(names));
        }

        if (Take("-"))
        {
            var of = Unary();
            return names => Operators.Calculate("-", 0L, of(names));
        }

        return Member();
    }

    private Evaluation Member()
    {
        var left = Primary();
        while (true)
        {
            if (Take("."))
            {
                left = Selected(left, Name());
            }
            else if (Take("["))
            {
                var (of, index) = (left, Conditional());
                Expect("]");
                left = names => Operators.Item(of(names), index(names));
            }
            else
            {
                return left;
            }
        }
    }

    private Evaluation Selected(Evaluation of, string name)
    {
        if (!Take("("))
        {
            var field = Operators.Unescaped(name);
            return names => Operators.Item(of(names), field);
        }

        if (Macros.Contains(name))
        {
            return Macro(of, name);
        }

        var arguments = Arguments(")");
        var function = Functions.Find(name, arguments.Count, isMember: true) ?? throw Missing(name);
        return names => function([of(names), .. arguments.Select(argument => argument(names))]);
    }

    private Evaluation Macro(Evaluation of, string name)
    {
        var variable = Name();
        Expect(",");
        var isNew = _names.Add(variable);
        var body = Conditional();
        var more = name == "map" && Take(",") ? Conditional() : null;
        Expect(")");
        if (isNew)
        {
            _names.Remove(variable);
        }

        return names => Operators.Each(name, of(names), value => new Dictionary<string, object?>(names) { [variable] = value }, body, more);
    }

    private Evaluation Primary()
    {
        var token = tokens[_at];
        switch (token.Kind)
        {
            case TokenKind.Text or TokenKind.Integer or TokenKind.Real:
                _at++;
                return _ => token.Value;
            case TokenKind.Name:
                _at++;
                return Named(token);
            case TokenKind.Mark when Take("("):
                var inner = Conditional();
                Expect(")");
                return inner;
            case TokenKind.Mark when Take("["):
                var items = Arguments("]");
                return names => items.Select(item => item(names)).ToList();
            case TokenKind.Mark when Take("{"):
                return MapOf();
            default:
                throw Unexpected();
        }
    }

    private Evaluation Named(Token token)
    {
        if (token.Text is "true" or "false" or "null")
        {
            object? value = token.Text == "null" ? null : token.Text == "true";
            return _ => value;
        }

        if (!Take("("))
        {
            return _names.Contains(token.Text) ? names => names[token.Text]
                : throw new ExpressionException($"undeclared reference to '{token.Text}' (in container '')", token.At);
        }

        if (token.Text == "has")
        {
            var field = Member();
            Expect(")");
            return names => Operators.IsThere(() => field(names));
        }

        var arguments = Arguments(")");
        var function = Functions.Find(token.Text, arguments.Count, isMember: false) ?? throw Missing(token.Text);
        return names => function([.. arguments.Select(argument => argument(names))]);
    }

    private Evaluation MapOf()
    {
        List<(Evaluation Key, Evaluation Value)> entries = [];
        while (!Take("}"))
        {
            var key = Conditional();
            Expect(":");
            entries.Add((key, Conditional()));
            Take(",");
        }

        return names => entries.ToDictionary(entry => (string)entry.Key(names)!, entry => entry.Value(names));
    }

    private List<Evaluation> Arguments(string end)
    {
        List<Evaluation> arguments = [];
        while (!Take(end))
        {
            arguments.Add(Conditional());
            if (Next.Text != end)
            {
                Expect(",");
            }
        }

        return arguments;
    }

    private string Name() => Next.Kind == TokenKind.Name ? tokens[_at++].Text : throw Unexpected();

    private bool Take(string mark)
    {
        var isIt = Next.Kind == TokenKind.Mark && Next.Text == mark;
        _at += isIt ? 1 : 0;
        return isIt;
    }

    private void Expect(string mark)
    {
        if (!Take(mark))
        {
            throw Unexpected();
        }
    }

    private ExpressionException Unexpected() => new($"Syntax error: mismatched input '{(Next.Kind == TokenKind.End ? "<EOF>" : Next.Text)}'", Next.At);

    private ExpressionException Missing(string name) =>
        new($"CRT8050: undeclared reference to '{name}': the lab's part of CEL has no such function or method", tokens[_at - 1].At);
}
