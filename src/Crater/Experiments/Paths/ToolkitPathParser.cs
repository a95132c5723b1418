namespace Crater.Experiments.Paths;

/// <summary>
/// Reads a path in the language of Chaos Toolkit's library, jsonpath2: a filter <c>[?(…)]</c> is asked of the node itself and not of its children, compares with a
/// single <c>=</c>, and knows <c>and</c>, <c>or</c> (which binds tighter), <c>not</c> and <c>contains</c>; texts stand in double quotes.
/// </summary>
internal sealed class ToolkitPathParser(string text)
{
    private static readonly string[] Comparisons = ["!=", "<=", ">=", "=", "<", ">"];

    private readonly ToolkitPathText _text = new(text);

    /// <exception cref="FormatException">It is no path of this language; the message says where.</exception>
    public IReadOnlyList<PathSegment> Parse()
    {
        _text.Expect('$');
        var segments = Segments();
        return _text.Peek() == '\0' ? segments : throw _text.Wrong($"'{_text.Peek()}' is not expected");
    }

    private List<PathSegment> Segments()
    {
        List<PathSegment> segments = [];
        while (true)
        {
            if (_text.Eat(".."))
            {
                segments.Add(new PathSegment(true, _text.Peek() == '[' ? Bracket() : [Bareword()]));
            }
            else if (_text.Eat("."))
            {
                segments.Add(new PathSegment(false, [Bareword()]));
            }
            else if (_text.Peek() == '[')
            {
                segments.Add(new PathSegment(false, Bracket()));
            }
            else
            {
                return segments;
            }
        }
    }

    private PathSelector Bareword()
    {
        if (_text.Eat("*"))
        {
            return new WildcardSelector();
        }

        var word = _text.Word();
        return word.Length == 0 ? throw _text.Wrong("a name, * or [ must follow")
            : _text.Peek() == '(' ? Call(word)
            : new NameSelector(word);
    }

    private List<PathSelector> Bracket()
    {
        _text.Enter();
        _text.Expect('[');
        List<PathSelector> selectors = [Subscript()];
        while (_text.Eat(","))
        {
            selectors.Add(Subscript());
        }

        _text.Expect(']');
        _text.Leave();
        return selectors;
    }

    private PathSelector Subscript()
    {
        switch (_text.Peek())
        {
            case '"':
                return new NameSelector(_text.Quoted());
            case '*':
                _text.Expect('*');
                return new WildcardSelector();
            case '?':
                _text.Expect('?');
                _text.Expect('(');
                var condition = Condition();
                _text.Expect(')');
                return new HereSelector(condition);
            case '@' or '$':
                return new NodeSelector(Operand());
            case ':' or '-' or (>= '0' and <= '9'):
                return IndexOrSlice();
            default:
                var word = _text.Word();
                return word.Length > 0 && _text.Peek() == '(' ? Call(word) : throw _text.Wrong("a text in double quotes, an index, a slice, * or a filter ?(…) must stand between brackets");
        }
    }

    private PathSelector IndexOrSlice()
    {
        var start = _text.Whole();
        if (!_text.Eat(":"))
        {
            return new IndexSelector(start ?? throw _text.Wrong("this is no index"));
        }

        var end = _text.Whole();
        return new ForwardSliceSelector(start, end, _text.Eat(":") ? _text.Whole() : null);
    }

    private CallSelector Call(string name)
    {
        _text.Expect('(');
        List<PathOperand> arguments = [];
        while (_text.Peek() != ')')
        {
            if (arguments.Count > 0)
            {
                _text.Expect(',');
            }

            arguments.Add(Operand());
        }

        _text.Expect(')');
        return CallSelector.Names.Contains(name) ? new CallSelector(name, arguments) : throw _text.Wrong($"there is no function {name}; there are {string.Join(", ", CallSelector.Names)}");
    }

    // and is the outermost: a or b and c is (a or b) and c.
    private PathCondition Condition()
    {
        _text.Enter();
        List<PathCondition> parts = [Or()];
        while (_text.EatWord("and"))
        {
            parts.Add(Or());
        }

        _text.Leave();
        return parts.Count == 1 ? parts[0] : new AllCondition(parts);
    }

    private PathCondition Or()
    {
        List<PathCondition> parts = [Not()];
        while (_text.EatWord("or"))
        {
            parts.Add(Not());
        }

        return parts.Count == 1 ? parts[0] : new AnyCondition(parts);
    }

    private PathCondition Not()
    {
        _text.Enter();
        PathCondition condition;
        if (_text.EatWord("not"))
        {
            condition = new NotCondition(Not());
        }
        else if (_text.Eat("("))
        {
            condition = Condition();
            _text.Expect(')');
        }
        else
        {
            condition = Comparison();
        }

        _text.Leave();
        return condition;
    }

    private PathCondition Comparison()
    {
        var left = Operand();
        if (_text.EatWord("contains"))
        {
            return new SomeCondition(left, "contains", Operand());
        }

        foreach (var symbol in Comparisons)
        {
            if (_text.Eat(symbol))
            {
                return new SomeCondition(left, symbol, Operand());
            }
        }

        return left.IsLiteral ? new LiteralCondition(left.Literal) : new ExistsCondition(left);
    }

    private PathOperand Operand()
    {
        if (_text.Peek() is '@' or '$')
        {
            return new PathOperand(false, null, _text.Eat("$") || !_text.Eat("@"), Segments());
        }

        return new PathOperand(true, _text.Literal(), false, []);
    }
}
