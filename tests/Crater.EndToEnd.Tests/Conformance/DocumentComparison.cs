using System.Text.Json.Nodes;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>The experiment in a journal against the document on disk: the same keys in the same order, secrets masked, with the title and the dry run as they came to be.</summary>
internal static class DocumentComparison
{
    /// <param name="exceptions">What the run changed: <c>title</c>, <c>dry</c>, and under <c>changed</c> the keys that a control did.</param>
    public static IEnumerable<string> Of(JsonObject? exceptions, JsonObject document, JsonObject journal)
    {
        var found = journal["experiment"] as JsonObject ?? [];
        var changed = exceptions?["changed"] is JsonArray keys ? keys.Select(key => (string)key!).ToHashSet() : [];
        var wanted = (JsonObject)document.DeepClone();
        wanted["dry"] = exceptions?["dry"]?.DeepClone();
        if (exceptions?["title"] is { } title)
        {
            wanted["title"] = title.DeepClone();
        }

        if (!wanted.Select(pair => pair.Key).SequenceEqual(found.Select(pair => pair.Key)))
        {
            yield return $"experiment (keys): asked {string.Join(", ", wanted.Select(pair => pair.Key))}, found {string.Join(", ", found.Select(pair => pair.Key))}";
        }

        foreach (var (key, value) in wanted.Where(pair => !changed.Contains(pair.Key) && !JsonLikeness.LikeMasked(pair.Value, found[pair.Key])))
        {
            yield return $"experiment/{key}: asked {value?.ToJsonString() ?? "null"}, found {found[key]?.ToJsonString() ?? "null"}";
        }

        var activities = Activities(document).ToList();
        foreach (var entry in changed.Count > 0 ? [] : Entries(journal).Where(entry => !activities.Any(activity => JsonLikeness.LikeMasked(activity, entry))))
        {
            yield return $"an activity of the document, found {entry?.ToJsonString()}";
        }
    }

    private static IEnumerable<JsonNode?> Activities(JsonObject document) =>
        [.. List(document["steady-state-hypothesis"]?["probes"]), .. List(document["method"]), .. List(document["rollbacks"])];

    private static IEnumerable<JsonNode?> Entries(JsonObject journal) => ((IEnumerable<JsonNode?>)[.. List(journal["steady_states"]?["before"]?["probes"]),
        .. List(journal["steady_states"]?["after"]?["probes"]), .. List(journal["run"]), .. List(journal["rollbacks"])]).Select(entry => entry?["activity"]);

    private static IEnumerable<JsonNode?> List(JsonNode? list) => list as JsonArray ?? [];
}
