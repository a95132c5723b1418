using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>The part of a document that a hook is called around.</summary>
/// <param name="Path">Keys and places from the root; empty for the whole document.</param>
/// <param name="Instead">What is shown when the document has no such part: it may be written in a short form.</param>
/// <param name="Source">Where a document is loaded from, at the hooks around that; null otherwise.</param>
internal sealed partial record ControlContext(JsonArray Path, JsonObject? Instead = null, string? Source = null)
{
    public static ControlContext Of(ControlPoint point) => point.Level switch
    {
        ControlLevel.Hypothesis => new ControlContext(new JsonArray(JsonValue.Create("steady-state-hypothesis"))),
        ControlLevel.Activity when point.Activity is { } activity => new ControlContext(
            PathOf(activity.Place), new JsonObject { ["name"] = activity.Name, ["type"] = activity.IsProbe ? "probe" : "action" }),
        _ => new ControlContext([]),
    };

    /// <summary>The part itself; an activity that a ref means in the place of the ref.</summary>
    public JsonNode? In(JsonObject experiment)
    {
        if (Source is not null)
        {
            return JsonValue.Create(Source);
        }

        JsonNode? found = experiment;
        foreach (var step in Path)
        {
            found = step is JsonValue value && value.TryGetValue<int>(out var index)
                ? found is JsonArray list && index < list.Count ? list[index] : null
                : (found as JsonObject)?[(string)step!];
        }

        return found is JsonObject map && Path.Count > 0 && Text(map["ref"]) is { Length: > 0 } name ? Named(experiment, name) ?? map : found ?? Instead;
    }

    private static JsonObject? Named(JsonObject experiment, string name) =>
        (experiment["method"] as JsonArray ?? []).Concat((experiment["steady-state-hypothesis"] as JsonObject)?["probes"] as JsonArray ?? [])
        .OfType<JsonObject>().LastOrDefault(one => Text(one["name"]) == name);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonArray PathOf(string place) => new([.. Step().Matches(place).Select(step =>
        step.Groups["index"] is { Success: true, Value: var index } ? JsonValue.Create(int.Parse(index, CultureInfo.InvariantCulture)) : (JsonNode)JsonValue.Create(step.Value))]);

    [GeneratedRegex(@"\[(?<index>\d+)\]|[^.\[\]]+")]
    private static partial Regex Step();
}
