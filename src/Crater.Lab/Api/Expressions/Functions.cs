using System.Globalization;
using System.Text.RegularExpressions;

namespace Crater.Lab.Api.Expressions;

/// <summary>The functions of CEL that the lab has.</summary>
internal static class Functions
{
    /// <summary>Like the real server's, which is built not to hang on a hostile pattern.</summary>
    private static readonly TimeSpan MatchMax = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<(string Name, int Arguments, bool IsMember), Func<object?[], object?>> All = new()
    {
        [("size", 1, false)] = values => (long)Operators.SizeOf(values[0]),
        [("size", 0, true)] = values => (long)Operators.SizeOf(values[0]),
        [("startsWith", 1, true)] = values => Text(values, 0).StartsWith(Text(values, 1), StringComparison.Ordinal),
        [("endsWith", 1, true)] = values => Text(values, 0).EndsWith(Text(values, 1), StringComparison.Ordinal),
        [("contains", 1, true)] = values => Text(values, 0).Contains(Text(values, 1), StringComparison.Ordinal),
        [("matches", 1, true)] = values => Regex.IsMatch(Text(values, 0), Text(values, 1), RegexOptions.None, MatchMax),
        [("matches", 2, false)] = values => Regex.IsMatch(Text(values, 0), Text(values, 1), RegexOptions.None, MatchMax),
        [("lowerAscii", 0, true)] = values => Text(values, 0).ToLowerInvariant(),
        [("upperAscii", 0, true)] = values => Text(values, 0).ToUpperInvariant(),
        [("trim", 0, true)] = values => Text(values, 0).Trim(),
        [("replace", 2, true)] = values => Text(values, 0).Replace(Text(values, 1), Text(values, 2), StringComparison.Ordinal),
        [("split", 1, true)] = values => Text(values, 0).Split(Text(values, 1)).ToList<object?>(),
        [("join", 0, true)] = values => string.Concat(List(values, 0)),
        [("join", 1, true)] = values => string.Join(Text(values, 1), List(values, 0)),
        [("indexOf", 1, true)] = values => values[0] is string text
            ? text.IndexOf(Text(values, 1), StringComparison.Ordinal) : (long)List(values, 0).FindIndex(item => Operators.AreEqual(item, values[1])),
        [("substring", 1, true)] = values => Text(values, 0)[Index(values, 1)..],
        [("substring", 2, true)] = values => Text(values, 0)[Index(values, 1)..Index(values, 2)],
        [("isSorted", 0, true)] = values => List(values, 0) is var list && list.Zip(list.Skip(1)).All(pair => Operators.Order(pair.First, pair.Second) <= 0),
        [("sum", 0, true)] = values => List(values, 0).Aggregate((object)0L, (sum, item) => Operators.Calculate("+", item is double && sum is 0L ? 0.0 : sum, item)),
        [("min", 0, true)] = values => List(values, 0).Aggregate((a, b) => Operators.Order(a, b) <= 0 ? a : b),
        [("max", 0, true)] = values => List(values, 0).Aggregate((a, b) => Operators.Order(a, b) >= 0 ? a : b),
        [("dyn", 1, false)] = values => values[0],
        [("int", 1, false)] = values => values[0] switch
        {
            long whole => whole,
            double real => (long)real,
            string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ => throw new ExpressionException("type conversion error: int"),
        },
        [("double", 1, false)] = values => double.TryParse(
            Convert.ToString(values[0], CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var real)
            ? real : throw new ExpressionException("type conversion error: double"),
        [("string", 1, false)] = values => values[0] is bool truth ? truth ? "true" : "false" : Convert.ToString(values[0], CultureInfo.InvariantCulture),
    };

    /// <returns>Null when there is none: the caller refuses the expression.</returns>
    public static Func<object?[], object?>? Find(string name, int arguments, bool isMember) => All.GetValueOrDefault((name, arguments, isMember));

    private static string Text(object?[] values, int at) => values[at] as string ?? throw new ExpressionException("no such overload: a string is expected");

    private static List<object?> List(object?[] values, int at) => values[at] as List<object?> ?? throw new ExpressionException("no such overload: a list is expected");

    private static int Index(object?[] values, int at) => values[at] is long index && index >= 0 && index <= Text(values, 0).Length
        ? (int)index : throw new ExpressionException($"index out of range: {values[at]}");
}
