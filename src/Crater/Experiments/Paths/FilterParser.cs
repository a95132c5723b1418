using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>Reads the condition of a filter: <c>@.a == 1 &amp;&amp; !(@.b || @.c &lt; 'x')</c>.</summary>
internal sealed class FilterParser(PathParser text)
{
    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "<", ">", "="];

    public PathCondition Parse()
    {
        text.Enter();
        List<PathCondition> parts = [All()];
        while (EatOperator("||"))
        {
            parts.Add(All());
        }

        text.Leave();
        return parts.Count == 1 ? parts[0] : new AnyCondition(parts);
    }

    private PathCondition All()
    {
        List<PathCondition> parts = [One()];
        while (EatOperator("&&"))
        {
            parts.Add(One());
        }

        return parts.Count == 1 ? parts[0] : new AllCondition(parts);
    }

    private PathCondition One()
    {
        text.Enter();
        text.Space();
        PathCondition condition;
        if (text.Eat('!'))
        {
            condition = new NotCondition(One());
        }
        else if (text.Eat('('))
        {
            condition = Parse();
            text.Space();
            if (!text.Eat(')'))
            {
                throw text.Wrong(") is missing");
            }
        }
        else
        {
            condition = Comparison();
        }

        text.Leave();
        return condition;
    }

    private PathCondition Comparison()
    {
        var left = Operand();
        text.Space();
        foreach (var symbol in Operators)
        {
            if (text.EatAll(symbol))
            {
                text.Space();
                return new ComparisonCondition(left, symbol == "=" ? "==" : symbol, Operand());
            }
        }

        return left.IsLiteral ? throw text.Wrong("a comparison must follow a literal") : new ExistsCondition(left);
    }

    private PathOperand Operand()
    {
        if (text.Peek() is '@' or '$')
        {
            var isFromRoot = text.Eat('$');
            text.Eat('@');
            return new PathOperand(false, null, isFromRoot, text.Segments());
        }

        return new PathOperand(true, Literal(), false, []);
    }

    private JsonValue? Literal()
    {
        if (text.Peek() is '\'' or '"')
        {
            return JsonValue.Create(text.Quoted());
        }

        if (text.EatAll("true"))
        {
            return JsonValue.Create(true);
        }

        if (text.EatAll("false"))
        {
            return JsonValue.Create(false);
        }

        if (text.EatAll("null"))
        {
            return null;
        }

        return double.TryParse(text.Digits(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : throw text.Wrong("a value, @ or $ must follow");
    }

    private bool EatOperator(string symbol)
    {
        text.Space();
        return text.EatAll(symbol);
    }
}
