using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments.Paths;

namespace Crater.Experiments;

/// <summary>Decides whether a value is within a tolerance, as Chaos Toolkit does.</summary>
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
        RegexTolerance regex => TimedRegex.Find(regex.Pattern, Written(Target(value, regex.Target))),
        JsonPathTolerance path => Path(path, value),
        ProbeTolerance => probe is null ? null : IsTrue(probe),
        _ => null,
    };

    /// <summary>Whether Python would take a value for true: not null, false, 0, or empty.</summary>
    public static bool IsTrue(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        JsonValueKind.Number => JsonNumbers.Read(value) != 0,
        JsonValueKind.String => value.GetValue<string>().Length > 0,
        JsonValueKind.Array => ((JsonArray)value).Count > 0,
        _ => ((JsonObject)value).Count > 0,
    };

    private static bool? Scalar(JsonNode? expected, JsonNode? value)
    {
        // Only an integer compares with the status; a text or a boolean compares with the whole value.
        var seen = IsWhole(expected) && value is JsonObject map && map.TryGetPropertyValue("status", out var status) ? status : value;
        return AreEqual(expected, seen);
    }

    private static bool? List(IReadOnlyList<JsonNode?> values, JsonNode? value)
    {
        if (value is JsonObject map && map.TryGetPropertyValue("status", out var status))
        {
            return values.Any(item => AreEqual(item, status));
        }

        if (values.Count == 2 && JsonNumbers.Read(values[0]) is { } low && JsonNumbers.Read(values[1]) is { } high)
        {
            return JsonNumbers.Read(value) is { } number ? number >= low && number <= high : value is null ? null : false;
        }

        return values.Any(item => AreEqual(item, value));
    }

    private static bool? Range(RangeTolerance range, JsonNode? value)
    {
        return JsonNumbers.ReadLoosely(Target(value, range.Target)) is { } number ? number >= range.Lower && number <= range.Upper : value is null ? null : false;
    }

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

        if (tolerance.Expect is { } expect)
        {
            return JsonNode.DeepEquals(new JsonArray([.. found.Select(node => node?.DeepClone())]), expect is JsonArray ? expect : new JsonArray(expect.DeepClone()));
        }

        return tolerance.Count is { } count ? found.Count == count : found.Count > 0;
    }

    // A missing key falls back to the whole value, as the format does.
    private static JsonNode? Target(JsonNode? value, string target) =>
        target.Length > 0 && value is JsonObject map && map.TryGetPropertyValue(target, out var field) ? field : value;

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

    private static bool IsWhole(JsonNode? value) => JsonNumbers.Read(value) is { } number && number == Math.Floor(number);

    // Python holds True equal to 1; a tolerance that means one of them does not mean the other, so that kinds must agree.
    private static bool AreEqual(JsonNode? expected, JsonNode? value) =>
        JsonNumbers.Read(expected) is { } left && JsonNumbers.Read(value) is { } right ? left == right : JsonNode.DeepEquals(expected, value);

    private static string Written(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "";
}
