using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>A journal against the short form that an expectation gives: names, statuses, outputs, and the keys with their order.</summary>
internal sealed partial class JournalComparison
{
    private static readonly string[] TopKeys =
        ["chaoslib-version", "platform", "node", "experiment", "start", "status", "deviated", "steady_states", "run", "rollbacks", "end", "duration"];

    private readonly Placeholders _words;
    private readonly List<string> _differences = [];

    private JournalComparison(Placeholders words) => _words = words;

    public static IReadOnlyList<string> Of(JsonObject asked, JsonObject found, Placeholders words)
    {
        var comparison = new JournalComparison(words);
        comparison.Keys("journal", TopKeys, found);
        foreach (var key in (string[])["status", "deviated"])
        {
            comparison.Same($"journal/{key}", asked[key], found[key]);
        }

        foreach (var key in (string[])["chaoslib-version", "platform", "node"])
        {
            comparison.That($"journal/{key}", !string.IsNullOrEmpty((string?)found[key]), "a text", found[key]);
        }

        comparison.Times("journal", found);
        comparison.States(asked, found["steady_states"] as JsonObject ?? []);
        comparison.Entries("run", asked["run"], found["run"], isProbe: false);
        comparison.Entries("rollbacks", asked["rollbacks"], found["rollbacks"], isProbe: false);
        return comparison._differences;
    }

    private void States(JsonObject asked, JsonObject found)
    {
        Keys("steady_states", ["before", "after", "during"], found);
        State("before", asked["before"], found["before"]);
        State("after", asked["after"], found["after"]);
        var during = found["during"] as JsonArray ?? [];
        var least = (int?)asked["during"]?["least"] ?? 0;
        That("during", asked["during"] is null ? during.Count == 0 : during.Count >= least, $"{(asked["during"] is null ? "none" : $"{least} or more")}", JsonValue.Create(during.Count));
        var met = during.Select(state => (bool?)state?["steady_state_met"]).Distinct().Order().Select(value => (JsonNode?)value);
        Same("during/met", asked["during"]?["met"] ?? new JsonArray(), new JsonArray([.. met]));
        foreach (var state in during)
        {
            Keys("during", ["steady_state_met", "probes"], state as JsonObject ?? []);
        }
    }

    private void State(string name, JsonNode? asked, JsonNode? found)
    {
        if (asked is null || found is null)
        {
            That(name, asked is null && found is null, asked is null ? "none" : "a state", found);
            return;
        }

        Keys(name, ["steady_state_met", "probes"], found.AsObject());
        Same($"{name}/met", asked["met"], found["steady_state_met"]);
        Entries(name, asked["probes"], found["probes"], isProbe: true);
    }

    private void Entries(string list, JsonNode? asked, JsonNode? found, bool isProbe)
    {
        var (wanted, entries) = (asked as JsonArray ?? [], found as JsonArray ?? []);
        var names = string.Join(", ", entries.Select(entry => (string?)entry?["activity"]?["name"]));
        Same($"{list} (names)", JsonValue.Create(string.Join(", ", wanted.Select(entry => (string?)entry?["name"]))), JsonValue.Create(names));
        for (var i = 0; i < Math.Min(wanted.Count, entries.Count); i++)
        {
            Entry($"{list}[{i}]", wanted[i]!.AsObject(), entries[i]!.AsObject(), isProbe);
        }
    }

    private void Entry(string place, JsonObject asked, JsonObject found, bool isProbe)
    {
        var status = (string?)asked["status"];
        Same($"{place}/status", asked["status"], found["status"]);
        Same($"{place}/output", asked["output"], found["output"]);
        string[] keys = asked["keys"] is JsonArray given
            ? [.. given.Select(key => (string)key!)]
            : ["activity", "output", "start", .. status is null ? [] : (string[])["status"], .. status == "failed" ? (string[])["exception"] : [], "end", "duration",
                .. isProbe && asked.ContainsKey("met") ? (string[])["tolerance_met"] : []];
        Keys(place, keys, found);
        if (isProbe)
        {
            Same($"{place}/met", asked["met"], found["tolerance_met"]);
        }

        if (status == "failed")
        {
            That($"{place}/exception", found["exception"] is JsonArray { Count: > 0 } lines && lines.All(line => !string.IsNullOrEmpty((string?)line)), "lines of text", found["exception"]);
        }

        if (keys.Contains("end"))
        {
            Times(place, found);
        }
    }

    private void Times(string place, JsonObject found)
    {
        foreach (var key in (string[])["start", "end"])
        {
            That($"{place}/{key}", Moment().IsMatch((string?)found[key] ?? ""), "a moment in UTC with microseconds", found[key]);
        }

        That($"{place}/end", string.CompareOrdinal((string?)found["start"], (string?)found["end"]) <= 0, $"not before {found["start"]}", found["end"]);
        That($"{place}/duration", found["duration"]?.GetValueKind() == System.Text.Json.JsonValueKind.Number && (double)found["duration"]! >= 0, "seconds", found["duration"]);
    }

    private void Keys(string place, IEnumerable<string> asked, JsonObject found) =>
        Same($"{place} (keys)", JsonValue.Create(string.Join(", ", asked)), JsonValue.Create(string.Join(", ", found.Select(pair => pair.Key))));

    private void Same(string place, JsonNode? asked, JsonNode? found) => That(place, JsonLikeness.Like(asked, found, _words.Fill), asked?.ToJsonString() ?? "null", found);

    private void That(string place, bool holds, string asked, JsonNode? found)
    {
        if (!holds)
        {
            _differences.Add($"{place}: asked {asked}, found {found?.ToJsonString() ?? "null"}");
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00\z")]
    private static partial Regex Moment();
}
