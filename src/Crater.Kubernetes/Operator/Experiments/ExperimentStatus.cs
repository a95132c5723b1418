using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Runs;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>Builds what stands in an Experiment's status. Pure: the same facts give the same status.</summary>
internal sealed class ExperimentStatus
{
    /// <summary>Names in lists; beyond that the count says it.</summary>
    private const int ListedMax = 50;

    private readonly JsonObject _status;
    private readonly DateTimeOffset _now;

    private ExperimentStatus(ExperimentView view, DateTimeOffset now)
    {
        _status = view.Object.At("status")?.DeepClone() as JsonObject ?? [];
        _now = now;
        _status["observedGeneration"] = view.Object.At("metadata", "generation")?.DeepClone();
    }

    /// <summary>Goes on from the status that stands there.</summary>
    public static ExperimentStatus Of(ExperimentView view, DateTimeOffset now) => new(view, now);

    /// <summary>Begins from nothing, for an Experiment that was refused and has been changed: what was said of the one before would be taken for this one's end.</summary>
    public static ExperimentStatus Anew(ExperimentView view, DateTimeOffset now)
    {
        var status = new ExperimentStatus(view, now);
        foreach (var told in status._status.Select(field => field.Key).Where(key => key != "observedGeneration").ToList())
        {
            status._status.Remove(told);
        }

        return status.Phase(ExperimentPhase.Pending, "Changed", "It was refused and has been changed since; it is looked at again.");
    }

    public JsonObject Json => _status;

    public ExperimentStatus Phase(ExperimentPhase phase, string reason, string message)
    {
        _status["phase"] = phase.ToString();
        _status["reason"] = reason;
        _status["message"] = message;
        return this;
    }

    /// <summary>What was begun, by whom and when. The <see cref="Intent"/> stood there before.</summary>
    public ExperimentStatus Begun(Plan plan, OperatorOptions options, DateTimeOffset startedAt)
    {
        (_status["run"], _status["seed"], _status["operator"], _status["holder"]) = (plan.Run.Value, plan.Seed, options.Installation, options.Identity);
        _status["startedAt"] = Text(startedAt);
        _status["targetCount"] = plan.Injections.Count;
        _status["targets"] = new JsonArray([.. plan.Injections.Select(injection => injection.Target.Id.Value).Distinct().Take(ListedMax).Select(id => (JsonNode?)id)]);
        return Condition("Valid", true, "DocumentAccepted", "The document was read, targets were drawn and the blast radius was checked.");
    }

    public ExperimentStatus Injected(int active, DateTimeOffset at)
    {
        _status["injectedAt"] ??= Text(at);
        _status["activeFaults"] = active;
        return Condition("Injected", true, "FaultsInPlace", $"{active} fault{(active == 1 ? " is" : "s are")} in place.");
    }

    public ExperimentStatus Ended(string verdict)
    {
        _status["endedAt"] = Text(_now);
        _status["activeFaults"] = 0;
        _status["verdict"] = verdict;
        if (_status.ContainsKey("injectedAt"))
        {
            Condition("Injected", false, "RunEnded", "The run is over.");
        }

        return this;
    }

    public ExperimentStatus Problems(IReadOnlyList<Problem> problems)
    {
        _status["problems"] = new JsonArray([.. problems.Take(ListedMax).Select(problem => (JsonNode?)new JsonObject { ["code"] = problem.Code, ["path"] = problem.Path, ["message"] = problem.Message })]);
        return this;
    }

    public ExperimentStatus Residue(IEnumerable<(string Target, string Fault, string Reason, string InspectWith)> residue)
    {
        var left = residue.Take(ListedMax).ToList();
        _status["residue"] = new JsonArray([.. left.Select(one => (JsonNode?)new JsonObject
        {
            ["target"] = one.Target,
            ["fault"] = one.Fault,
            ["reason"] = one.Reason,
            ["inspectWith"] = one.InspectWith,
        })]);
        _status["activeFaults"] = left.Count;
        return Condition("Recovered", false, "Residue", $"{left.Count} fault{(left.Count == 1 ? "" : "s")} could not be proven gone; see status.residue.");
    }

    /// <summary>Sets a condition; its time of transition moves only when its value does.</summary>
    public ExperimentStatus Condition(string type, bool value, string reason, string message)
    {
        var conditions = _status["conditions"] as JsonArray ?? [];
        var before = conditions.OfType<JsonObject>().FirstOrDefault(one => one.Text("type") == type);
        var status = value ? "True" : "False";
        var made = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] = before?.Text("status") == status ? before.Text("lastTransitionTime") : Text(_now),
            ["observedGeneration"] = _status["observedGeneration"]?.DeepClone(),
        };
        _status["conditions"] = new JsonArray([.. conditions.OfType<JsonObject>().Where(one => one.Text("type") != type).Append(made).Select(one => (JsonNode?)one.DeepClone())]);
        return this;
    }

    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
