using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments.Paths;

namespace Crater.Experiments;

/// <summary>Decides whether a value is within a tolerance, as Chaos Toolkit does; <see cref="ToleranceFilling"/> comes before.</summary>
public static class ToleranceCheck
{
    /// <summary>True when it is, false when it is not, null when that cannot be told.</summary>
    /// <param name="value">What the probe gave: <c>{status, …}</c> of a process or a request, a number, any JSON.</param>
    /// <param name="probe">What the inner probe of a <see cref="ProbeTolerance"/> answered; null when it was not asked or failed to answer.</param>
    public static bool? Evaluate(Tolerance tolerance, JsonNode? value, JsonNode? probe = null) => tolerance switch
    {
        ScalarTolerance scalar => Scalar(scalar.Value, value),
        ListTolerance list => List(list.Values, value),
        RangeTolerance range => Range(range, value),
        RegexTolerance regex => Regex(regex, Target(value, regex.Target)),
        JsonPathTolerance path => Path(path, value),
        ProbeTolerance => probe is null ? null : IsTrue(probe),
        _ => null,
    };

    /// <summary>Whether Python would take a value for true: not null, false, 0, or empty.</summary>
    public static bool IsTrue(JsonNode? value) => PythonValue.IsTrue(value);

    // Only an integer compares with the status; a text or a boolean compares with the whole value.
    private static bool? Scalar(JsonNode? expected, JsonNode? value) =>
        PythonValue.AreEqual(expected, expected?.GetValueKind() == JsonValueKind.Number && Status(value, out var status) ? status : value);

    private static bool? List(IReadOnlyList<JsonNode?> values, JsonNode? value)
    {
        if (Status(value, out var status))
        {
            return values.Any(item => PythonValue.AreEqual(item, status));
        }

        if (values.Count != 2)
        {
            return values.Any(item => PythonValue.AreEqual(item, value));
        }

        // Python compares from the left, and does not look at the second bound once the first one decides.
        return PythonValue.Compare(values[0], value) is not { } low ? null
            : low > 0 ? false
            : PythonValue.Compare(value, values[1]) is { } high ? high <= 0 : null;
    }

    private static bool? Range(RangeTolerance range, JsonNode? value)
    {
        var seen = Target(value, range.Target);
        if (seen is null)
        {
            return value is null ? null : false;
        }

        // As decimals, so that "0.1" is the lower bound 0.1 and long whole numbers stay exact; a double where decimals do not reach.
        return Decimal(seen) is { } exact && Decimal(range.Lower) is { } lower && Decimal(range.Upper) is { } upper
            ? exact >= lower && exact <= upper
            : (PythonValue.Number(seen) ?? JsonNumbers.ReadLoosely(seen)) is { } number && number >= range.Lower && number <= range.Upper;
    }

    // A map or a list is no text, and nothing is found in it.
    private static bool? Regex(RegexTolerance regex, JsonNode? seen) => seen switch
    {
        JsonObject or JsonArray => false,
        _ => TimedRegex.Find(regex.Pattern, seen is null ? "" : PythonValue.Text(seen)),
    };

    private static bool? Path(JsonPathTolerance tolerance, JsonNode? value)
    {
        if (!JsonPath.TryParse(tolerance.Path, out var path, out _))
        {
            return null;
        }

        IReadOnlyList<JsonNode?> found;
        try
        {
            found = path!.Find(Parsed(Target(value, tolerance.Target)));
        }
        catch (InvalidOperationException)
        {
            return null;
        }

        if (tolerance.HasExpect)
        {
            IReadOnlyList<JsonNode?> expected = tolerance.Expect is JsonArray list ? [.. list] : [tolerance.Expect];
            return found.Count == expected.Count && found.Zip(expected).All(pair => PythonValue.AreEqual(pair.First, pair.Second));
        }

        return tolerance.Count is { } count ? found.Count == count : found.Count > 0;
    }

    private static bool Status(JsonNode? value, out JsonNode? status)
    {
        status = null;
        return value is JsonObject map && map.TryGetPropertyValue("status", out status);
    }

    // A missing key falls back to the whole value, as the format does.
    private static JsonNode? Target(JsonNode? value, string target) =>
        target.Length > 0 && value is JsonObject map && map.TryGetPropertyValue(target, out var field) ? field : value;

    private static decimal? Decimal(JsonNode value)
    {
        var text = value.GetValueKind() switch { JsonValueKind.String => value.GetValue<string>(), JsonValueKind.Number => value.ToJsonString(), _ => "" };
        return decimal.TryParse(text.Trim().Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static decimal? Decimal(double bound) => Math.Abs(bound) < 7e27 ? (decimal)bound : null;

    private static JsonNode? Parsed(JsonNode? value)
    {
        if (value?.GetValueKind() != JsonValueKind.String)
        {
            return value;
        }

        try
        {
            return JsonNode.Parse(value.GetValue<string>());
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
