using System.Globalization;
using Crater.Experiments;

namespace Crater.Runs;

/// <summary>A tolerance as a person would say it; for the journal and the reasons of a verdict.</summary>
internal static class ToleranceText
{
    public static string Of(Tolerance? tolerance) => tolerance switch
    {
        null => "",
        ScalarTolerance scalar => Json(scalar.Value),
        ListTolerance list => $"one of {string.Join(", ", list.Values.Select(Json))}",
        RangeTolerance range => $"{Number(range.Lower)} to {Number(range.Upper)}{For(range.Target)}",
        RegexTolerance regex => $"matches {regex.Pattern}{For(regex.Target)}",
        JsonPathTolerance path => $"{path.Path}{(path.Expect is null ? "" : $" is {Json(path.Expect)}")}{(path.Count is { } count ? $", {count} of them" : "")}{For(path.Target)}",
        ProbeTolerance probe => $"'{probe.Probe.Name}' says yes",
        _ => tolerance.ToString(),
    };

    private static string Json(System.Text.Json.Nodes.JsonNode? value) => value?.ToJsonString() ?? "null";

    private static string For(string target) => target.Length > 0 ? $" ({target})" : "";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
