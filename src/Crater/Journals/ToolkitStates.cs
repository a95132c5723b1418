using System.Text.Json.Nodes;

namespace Crater.Journals;

/// <summary>The <c>steady_states</c> of a journal: each check of the hypothesis with its probes.</summary>
internal sealed class ToolkitStates(ToolkitActivities activities)
{
    public JsonObject Of(IReadOnlyList<JournalEvent> events) => new()
    {
        ["before"] = Checks(events, ProbeMoment.Before).LastOrDefault(),
        ["after"] = Checks(events, ProbeMoment.After).LastOrDefault(),
        ["during"] = new JsonArray([.. Checks(events, ProbeMoment.During)]),
    };

    // A check ends when a probe comes round again.
    private List<JsonNode> Checks(IReadOnlyList<JournalEvent> events, ProbeMoment when)
    {
        List<List<ProbeMeasured>> checks = [];
        foreach (var measured in events.OfType<ProbeMeasured>().Where(measured => measured.When == when))
        {
            if (checks.Count == 0 || checks[^1].Any(earlier => earlier.Probe == measured.Probe))
            {
                checks.Add([]);
            }

            checks[^1].Add(measured);
        }

        return [.. checks.Select(State)];
    }

    private JsonNode State(List<ProbeMeasured> check) => new JsonObject
    {
        ["steady_state_met"] = check.Any(probe => probe.Met == false) ? false : check.All(probe => probe.Met == true) ? true : null,
        ["probes"] = new JsonArray([.. check.Select(Probe)]),
    };

    // The event has the moment of the answer alone, which stands for both times.
    private JsonObject Probe(ProbeMeasured measured)
    {
        var entry = activities.Entry(measured.Probe, measured.At);
        entry["output"] = measured.Met is null ? null : ToolkitActivities.Output(measured.Seen);
        entry["status"] = measured.Met is null ? "failed" : "succeeded";
        if (measured.Met is null)
        {
            entry["exception"] = new JsonArray(JsonValue.Create(measured.Seen));
        }

        entry["end"] = ToolkitJournal.Time(measured.At);
        entry["duration"] = 0.0;
        entry["tolerance_met"] = measured.Met ?? false;
        return entry;
    }
}
