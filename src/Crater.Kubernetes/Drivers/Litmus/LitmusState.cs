using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>Everything of one engine that the API shows, read in one go.</summary>
/// <param name="Engine">Null when it is gone, or somebody else's of the same name.</param>
/// <param name="Pods">Runner, experiment and helpers, finished ones too.</param>
internal sealed record LitmusState(JsonObject? Engine, JsonObject? Result, IReadOnlyList<JsonObject> Pods, IReadOnlyList<JsonObject> Jobs)
{
    /// <summary>Empty, <c>initialized</c>, <c>completed</c> or <c>stopped</c>.</summary>
    public string Status => Engine.Text("status", "engineStatus");

    public bool IsStopAsked => Engine.Text("spec", "engineState") == "stop" || Engine.IsTerminating();

    /// <summary>The operator has let go of it. An engine that was stopped before the operator saw it was never begun.</summary>
    public bool HasEnded => Engine is null || Status is "completed" or "stopped" || (Status.Length == 0 && IsStopAsked);

    /// <summary>Names of what still runs.</summary>
    public IReadOnlyList<string> Running =>
    [
        .. Pods.Where(pod => pod.Text("status", "phase") is not ("Succeeded" or "Failed")).Select(pod => $"pod {pod.Name()}"),
        .. Jobs.Where(job => !job.Condition("Complete") && !job.Condition("Failed")).Select(job => $"job {job.Name()}"),
    ];

    public JsonObject? Runner(string engine) => Pods.FirstOrDefault(pod => pod.Name() == LitmusEngine.RunnerOf(engine));

    /// <summary>What the helpers say of a target while they run, and its result says later: <c>targeted</c>, <c>injected</c>, <c>reverted</c>; empty for nothing yet.</summary>
    public string StateOf(string kind, string name)
    {
        var live = Result.Annotation($"{kind}/{name}");
        return live.Length > 0 ? live : Result.Objects("status", "history", "targets")
            .LastOrDefault(target => target.Text("name") == name && target.Text("kind") == kind).Text("chaosStatus");
    }

    /// <summary>What Litmus made of it in its own eyes, with its probes; empty when nothing yet.</summary>
    public string Verdict
    {
        get
        {
            var status = Result.At("status", "experimentStatus");
            if (status.Text("verdict") is not { Length: > 0 } verdict)
            {
                return "";
            }

            var error = status.Text("errorOutput", "errorCode");
            var probes = Result.Objects("status", "probeStatuses").Select(probe => $"{probe.Text("name")} {probe.Text("status", "verdict")}").ToArray();
            return $"Litmus' verdict is {verdict}{(error.Length > 0 ? $" ({error}: {status.Text("errorOutput", "reason")})" : "")}{(probes.Length > 0 ? $", probes: {string.Join(", ", probes)}" : "")}";
        }
    }

    /// <summary>Its own word for the first experiment, e.g. <c>ChaosExperiment Not Found</c>.</summary>
    public string ExperimentStatus => Engine.Objects("status", "experiments").FirstOrDefault().Text("status");

    public static async Task<LitmusState> ReadAsync(KubernetesClient client, string space, string name, string experiment, string injection, CancellationToken budget)
    {
        var engine = await client.FindAsync(LitmusEngine.Engines, space, name, budget);
        var result = await client.FindAsync(LitmusEngine.Results, space, LitmusEngine.ResultOf(name, experiment), budget);
        HashSet<string> uids = [engine.Uid(), result.Labels().GetValueOrDefault(LitmusEngine.UidLabel, "")];
        uids.Remove("");
        var labelled = new ListQuery { LabelSelector = LitmusEngine.UidLabel };
        var pods = await client.ListAsync(Resource.Pods, space, labelled, budget);
        var jobs = await client.ListAsync(Resource.Jobs, space, labelled, budget);
        bool IsOurs(JsonObject found, JsonNode? template) => uids.Contains(found.Labels().GetValueOrDefault(LitmusEngine.UidLabel, "")) || found.Name() == LitmusEngine.RunnerOf(name)
            || template.Objects("containers").SelectMany(container => container.Objects("env")).Any(variable => variable.Text("name") == LitmusEngine.NameVariable && variable.Text("value") == name);
        return new LitmusState(
            engine is not null && EngineObject.IsOf(engine, injection) ? engine : null, result,
            [.. pods.Items.Where(pod => IsOurs(pod, pod["spec"]))],
            [.. jobs.Items.Where(job => IsOurs(job, job.At("spec", "template", "spec")))]);
    }
}
