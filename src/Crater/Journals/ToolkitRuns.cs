using System.Text.Json.Nodes;
using Crater.Drivers;

namespace Crater.Journals;

/// <summary>The <c>run</c> and <c>rollbacks</c> of a journal: each activity in the order in which it began.</summary>
internal sealed class ToolkitRuns(ToolkitActivities activities)
{
    private readonly List<(JsonObject Entry, bool IsRollback)> _entries = [];
    private readonly Dictionary<string, (JsonObject Entry, DateTimeOffset Start)> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Injection> _injections = [];

    public IEnumerable<JsonNode> Of(IReadOnlyList<JournalEvent> events, bool isRollback)
    {
        var isRecovering = false;
        foreach (var entry in events)
        {
            isRecovering |= entry is PhaseEntered { Phase: >= RunPhase.Recovering };
            Take(entry, isRecovering);
        }

        return _entries.Where(entry => entry.IsRollback == isRollback).Select(entry => entry.Entry);
    }

    private void Take(JournalEvent entry, bool isRecovering)
    {
        switch (entry)
        {
            case ActivityStarted started:
                Open(started.Name, started.At, isRecovering);
                break;
            case ActivityFinished finished when _open.Remove(finished.Name, out var open):
                Close(open.Entry, finished);
                break;
            case InjectionIntended intended:
                _injections[intended.Injection.Sequence] = intended.Injection;
                if (!_open.ContainsKey(intended.Injection.Activity))
                {
                    Open(intended.Injection.Activity, intended.At, isRollback: false);
                }

                break;
            case InjectionInjected injected:
                Injected(injected.Sequence, injected.At, injected.Mechanism, hasFailed: false);
                break;
            case InjectionFailed failed:
                Injected(failed.Sequence, failed.At, failed.Reason, hasFailed: true);
                break;
        }
    }

    private void Open(string name, DateTimeOffset start, bool isRollback)
    {
        var entry = activities.Entry(name, start);
        _open[name] = (entry, start);
        _entries.Add((entry, isRollback));
    }

    private static void Close(JsonObject entry, ActivityFinished finished)
    {
        var hasFailed = finished.Status != "succeeded";
        entry["output"] = hasFailed ? null : ToolkitActivities.Output(finished.Output);
        entry["status"] = finished.Status;
        if (hasFailed)
        {
            entry["exception"] = new JsonArray(JsonValue.Create(finished.Output));
        }

        entry["end"] = ToolkitJournal.Time(finished.At);
        entry["duration"] = Math.Round(finished.Seconds, 6);
    }

    // One activity may hit several targets; its entry ends with the last of them and fails with the first that failed.
    private void Injected(int sequence, DateTimeOffset at, string outcome, bool hasFailed)
    {
        if (!_injections.TryGetValue(sequence, out var injection) || !_open.TryGetValue(injection.Activity, out var open))
        {
            return;
        }

        var output = open.Entry["output"] as JsonArray ?? [];
        open.Entry["output"] = output;
        output.Add((JsonNode)new JsonObject { ["injection"] = injection.Id, ["target"] = injection.Target.Id.Value, ["fault"] = injection.Fault.ToString(), ["outcome"] = outcome });
        var status = hasFailed || open.Entry["status"]?.GetValue<string>() == "failed" ? "failed" : "succeeded";
        open.Entry["status"] = status;
        if (hasFailed)
        {
            open.Entry["exception"] = new JsonArray(JsonValue.Create(outcome));
        }

        open.Entry.Remove("end");
        open.Entry.Remove("duration");
        open.Entry["end"] = ToolkitJournal.Time(at);
        open.Entry["duration"] = ToolkitJournal.Seconds(at - open.Start);
    }
}
