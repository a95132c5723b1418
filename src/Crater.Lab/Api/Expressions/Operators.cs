using System.Collections;
using System.Globalization;

namespace Crater.Lab.Api.Expressions;

/// <summary>What the operators and macros of CEL do with values: long, double, text, truth, null, lists and maps.</summary>
internal static class Operators
{
    public static bool Truth(object? value) => value is bool truth ? truth : throw new ExpressionException("no such overload: a bool is expected");

    /// <summary>As CEL has it, one side that is true is enough, even when the other cannot be evaluated.</summary>
    public static object Or(Func<object?> first, Func<object?> second) => Decide(first, second, decisive: true);

    public static object And(Func<object?> first, Func<object?> second) => Decide(first, second, decisive: false);

    public static object Compare(string sign, object? a, object? b) => sign switch
    {
        "==" => AreEqual(a, b),
        "!=" => !AreEqual(a, b),
        "<" => Order(a, b) < 0,
        "<=" => Order(a, b) <= 0,
        ">" => Order(a, b) > 0,
        _ => Order(a, b) >= 0,
    };

    public static object IsIn(object? item, object? of) => of switch
    {
        List<object?> list => list.Exists(other => AreEqual(other, item)),
        Dictionary<string, object?> map => item is string key && map.ContainsKey(key),
        _ => throw new ExpressionException("no such overload: in"),
    };

    public static object Calculate(string sign, object? a, object? b)
    {
        try
        {
            return (sign, a, b) switch
            {
                ("+", string left, string right) => left + right,
                ("+", List<object?> left, List<object?> right) => left.Concat(right).ToList(),
                ("+", long left, long right) => checked(left + right),
                ("-", long left, long right) => checked(left - right),
                ("*", long left, long right) => checked(left * right),
                ("/", long left, long right) => left / right,
                ("%", long left, long right) => left % right,
                ("-", 0L, double right) => -right,
                ("+", double left, double right) => left + right,
                ("-", double left, double right) => left - right,
                ("*", double left, double right) => left * right,
                ("/", double left, double right) => left / right,
                _ => throw new ExpressionException($"no such overload: {sign}"),
            };
        }
        catch (DivideByZeroException)
        {
            throw new ExpressionException("division by zero");
        }
        catch (OverflowException)
        {
            throw new ExpressionException("integer overflow");
        }
    }

    public static object? Item(object? of, object? key) => (of, key) switch
    {
        (Dictionary<string, object?> map, string name) => map.TryGetValue(name, out var value) ? value : throw new ExpressionException($"no such key: {name}"),
        (List<object?> list, long index) => index >= 0 && index < list.Count ? list[(int)index] : throw new ExpressionException($"index out of bounds: {index}"),
        _ => throw new ExpressionException($"no such key: {key}"),
    };

    /// <summary>A field that is not there is absent; everything else that goes wrong stays wrong.</summary>
    public static object IsThere(Func<object?> field)
    {
        try
        {
            field();
            return true;
        }
        catch (ExpressionException absent) when (absent.Message.StartsWith("no such key", StringComparison.Ordinal))
        {
            return false;
        }
    }

    public static object Each(
        string macro, object? of, Func<object?, IReadOnlyDictionary<string, object?>> with, Evaluation body, Evaluation? more)
    {
        var items = of switch
        {
            List<object?> list => list,
            Dictionary<string, object?> map => [.. map.Keys],
            _ => throw new ExpressionException($"no such overload: {macro}"),
        };
        return macro switch
        {
            "all" => items.Aggregate((object)true, (sofar, item) => And(() => sofar, () => body(with(item)))),
            "exists" => items.Aggregate((object)false, (sofar, item) => Or(() => sofar, () => body(with(item)))),
            "exists_one" => items.Count(item => Truth(body(with(item)))) == 1,
            "filter" => items.Where(item => Truth(body(with(item)))).ToList(),
            _ when more is not null => items.Where(item => Truth(body(with(item)))).Select(item => more(with(item))).ToList(),
            _ => items.Select(item => body(with(item))).ToList(),
        };
    }

    /// <summary>The field that an escaped name means: CEL's names have no dots, dashes or slashes.</summary>
    public static string Unescaped(string name) => name.Replace("__dot__", ".", StringComparison.Ordinal).Replace("__dash__", "-", StringComparison.Ordinal)
        .Replace("__slash__", "/", StringComparison.Ordinal).Replace("__underscores__", "__", StringComparison.Ordinal);

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (long or double, long or double) => ToReal(a).Equals(ToReal(b)),
        (List<object?> left, List<object?> right) => left.Count == right.Count && left.Zip(right).All(pair => AreEqual(pair.First, pair.Second)),
        (Dictionary<string, object?> left, Dictionary<string, object?> right) =>
            left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var other) && AreEqual(pair.Value, other)),
        _ => a.Equals(b),
    };

    public static int Order(object? a, object? b) => (a, b) switch
    {
        (long left, long right) => left.CompareTo(right),
        (long or double, long or double) => ToReal(a).CompareTo(ToReal(b)),
        (string left, string right) => string.CompareOrdinal(left, right),
        (bool left, bool right) => left.CompareTo(right),
        _ => throw new ExpressionException("no such overload: values of these types have no order"),
    };

    private static double ToReal(object? value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static bool Decide(Func<object?> first, Func<object?> second, bool decisive)
    {
        try
        {
            if (Truth(first()) == decisive)
            {
                return decisive;
            }
        }
        catch (ExpressionException) when (Saves(second, decisive))
        {
            return decisive;
        }

        return Truth(second());
    }

    private static bool Saves(Func<object?> second, bool decisive)
    {
        try
        {
            return Truth(second()) == decisive;
        }
        catch (ExpressionException)
        {
            return false;
        }
    }

    public static int SizeOf(object? value) => value switch
    {
        string text => new StringInfo(text).LengthInTextElements,
        ICollection many => many.Count,
        _ => throw new ExpressionException("no such overload: size"),
    };
}
