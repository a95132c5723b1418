using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>The <c>run</c> and <c>rollbacks</c> of a journal: each activity in the order in which it began.</summary>
internal sealed class ToolkitRuns
{
    /// <value>So much may wait in memory before it goes to the file. Unit: bytes.</value>
    private const int PendingMax = 32 * 1024;

    private readonly List<ToolkitEntry> _method = [];
    private readonly List<ToolkitEntry> _rollbacks = [];
    private readonly Dictionary<string, ToolkitEntry> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (Injection Injection, ToolkitEntry Entry)> _injections = [];
    private readonly Dictionary<ToolkitEntry, JsonArray> _outcomes = [];
    private readonly Dictionary<bool, string> _overwritten = [];

    public void Take(JournalEvent entry, ToolkitActivities activities, bool isRecovering)
    {
        switch (entry)
        {
            case ActivityStarted e:
                Open(e.Place, e.Name, e.At, activities, IsRollback(e.Place, isRecovering));
                break;
            case ActivityFinished e when Last(e.Place, e.Name) is { } open:
                open.End(e);
                break;
            case ActivityCut e when Last(e.Place, e.Name) is { } open:
                open.Cut(TimeSpan.FromSeconds(e.Seconds));
                break;
            case InjectionIntended { Injection: var injection }:
                var key = Key(injection.Place, injection.Activity);
                var isFirst = !_last.TryGetValue(key, out var fault) || !_outcomes.ContainsKey(fault);
                fault = isFirst ? Open(injection.Place, injection.Activity, entry.At, activities, isRollback: false) : fault!;
                _outcomes.TryAdd(fault, []);
                _injections[injection.Sequence] = (injection, fault);
                break;
            case InjectionInjected e:
                Injected(e.Sequence, e.At, e.Mechanism, hasFailed: false);
                break;
            case InjectionFailed e:
                Injected(e.Sequence, e.At, e.Reason, hasFailed: true);
                break;
        }
    }

    /// <summary>A control wrote into the last entry of this place, or into a whole list.</summary>
    public void Overwrite(string place, string state)
    {
        if (place is "run" or "rollbacks")
        {
            _overwritten[place == "rollbacks"] = state;
        }
        else if (_last.TryGetValue(place, out var entry))
        {
            entry.Overwritten = state;
        }
    }

    public void Write(Utf8JsonWriter writer, bool isRollback, Secrets secrets)
    {
        if (_overwritten.TryGetValue(isRollback, out var state))
        {
            ToolkitText.WriteJson(writer, state, secrets);
            return;
        }

        writer.WriteStartArray();
        foreach (var entry in isRollback ? _rollbacks : _method)
        {
            entry.Write(writer, secrets);
            if (writer.BytesPending > PendingMax)
            {
                writer.Flush();
            }
        }

        writer.WriteEndArray();
    }

    /// <summary>The last entry of this place, as controls are shown it; null when there is none.</summary>
    public JsonNode? JsonAt(string place) => _last.GetValueOrDefault(place)?.Json();

    public JsonNode? Json(bool isRollback) => ToolkitText.Tree(writer => Write(writer, isRollback, Secrets.None));

    private static bool IsRollback(string place, bool isRecovering) => place.Length > 0 ? place.StartsWith("rollbacks", StringComparison.Ordinal) : isRecovering;

    private static string Key(string place, string name) => place.Length > 0 ? place : name;

    private ToolkitEntry? Last(string place, string name) => _last.GetValueOrDefault(Key(place, name));

    private ToolkitEntry Open(string place, string name, DateTimeOffset start, ToolkitActivities activities, bool isRollback)
    {
        var entry = new ToolkitEntry(activities.Of(place, name), start);
        _last[Key(place, name)] = entry;
        (isRollback ? _rollbacks : _method).Add(entry);
        return entry;
    }

    // One activity may hit several targets; its entry ends with the last of them and fails with the first that failed.
    private void Injected(int sequence, DateTimeOffset at, string outcome, bool hasFailed)
    {
        if (!_injections.TryGetValue(sequence, out var known))
        {
            return;
        }

        var (injection, entry) = known;
        var outcomes = _outcomes[entry];
        outcomes.Add((JsonNode)new JsonObject { ["injection"] = injection.Id, ["target"] = injection.Target.Id.Value, ["fault"] = injection.Fault.ToString(), ["outcome"] = outcome });
        entry.Output = outcomes.ToJsonString();
        entry.Status = hasFailed || entry.Status == "failed" ? "failed" : "succeeded";
        entry.Exception = hasFailed ? [outcome] : entry.Exception;
        entry.Took = at - entry.Start;
    }
}
