using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>Why an engine does not get its fault in place: every state has a deadline, and each way of being stuck its own name.</summary>
internal static class LitmusDiagnosis
{
    private static readonly string[] NoImage = ["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError"];

    /// <returns>Null while there is nothing wrong with waiting on.</returns>
    public static Problem? Of(LitmusState state, string engine, string experiment, EnginePatience patience, TimeSpan waited)
    {
        var space = state.Engine.Namespace();
        return Told(state, engine, experiment, space)
            ?? (waited > patience.Controller ? Silent(state, engine, space) : null)
            ?? (waited > patience.Start ? NotStarted(state, engine, experiment, space) : null)
            ?? (waited > patience.Inject ? Late(state, engine, space) : null);
    }

    // What Litmus says itself.
    private static Problem? Told(LitmusState state, string engine, string experiment, string space)
    {
        if (state.ExperimentStatus is "ChaosExperiment Not Found" or "Skipped")
        {
            return NoExperiment(experiment, space, $"ChaosEngine {engine} says '{state.ExperimentStatus}'");
        }

        var status = state.Result.At("status", "experimentStatus");
        return status.Text("verdict") is "Fail" or "Error" or "Stopped"
            ? new Problem("", "CRT8215", $"Litmus gave {experiment} up before the fault was in place. {state.Verdict}. Look at 'kubectl describe chaosresult -n {space} {LitmusEngine.ResultOf(engine, experiment)}'.")
            : null;
    }

    public static Problem NoExperiment(string experiment, string space, string found) => new("", "CRT8211",
        $"There is no ChaosExperiment '{experiment}' in the namespace {space} ({found}). Install it there from Litmus' hub; Litmus looks for it nowhere else.");

    private static Problem? Silent(LitmusState state, string engine, string space)
    {
        if (state.Status.Length == 0)
        {
            return new Problem("", "CRT8210", $"No operator acts on ChaosEngine {space}/{engine}: its status is empty. Look whether the chaos-operator runs and whether it watches the namespace {space}.");
        }

        if (state.Runner(engine) is not { } runner)
        {
            return new Problem("", "CRT8212", $"The operator made no pod {LitmusEngine.RunnerOf(engine)} in {space}. Look whether the service account '{state.Engine.Text("spec", "chaosServiceAccount")}' is there, "
                + $"and at 'kubectl describe chaosengine -n {space} {engine}'.");
        }

        return Waiting(runner) is { } reason && NoImage.Contains(reason) ? NotPulled(runner, reason, space)
            : state.Pods.FirstOrDefault(pod => NoImage.Contains(Waiting(pod))) is { } other ? NotPulled(other, Waiting(other)!, space)
            : null;
    }

    private static Problem? NotStarted(LitmusState state, string engine, string experiment, string space)
    {
        var runner = state.Runner(engine);
        if (runner.Text("status", "phase") is not ("Running" or "Succeeded"))
        {
            return new Problem("", "CRT8213", $"The pod {LitmusEngine.RunnerOf(engine)} in {space} is {Phase(runner)} and does not start. Look at 'kubectl describe pod -n {space} {LitmusEngine.RunnerOf(engine)}'.");
        }

        var others = state.Pods.Where(pod => pod.Name() != runner.Name()).ToArray();
        return others.Length == 0 && state.Jobs.Count == 0 && state.Result is null
            ? new Problem("", "CRT8214", $"The runner of ChaosEngine {space}/{engine} made no job for {experiment}. Look whether the service account '{state.Engine.Text("spec", "chaosServiceAccount")}' may create jobs, "
                + $"and at 'kubectl logs -n {space} {runner.Name()}'.")
            : others.FirstOrDefault(pod => pod.Text("status", "phase") == "Pending") is { } pending
            ? new Problem("", "CRT8213", $"The pod {pending.Name()} in {space} is {Phase(pending)} and does not start. Look at 'kubectl describe pod -n {space} {pending.Name()}'.")
            : null;
    }

    private static Problem Late(LitmusState state, string engine, string space) => new("", "CRT8216",
        $"ChaosEngine {space}/{engine} is {state.Status}, and its fault is still not in place. {(state.Verdict.Length > 0 ? $"{state.Verdict}. " : "")}Look at the logs of {string.Join(", ", state.Running.DefaultIfEmpty("its pods, of which none runs"))}.");

    private static Problem NotPulled(JsonObject pod, string reason, string space) => new("", "CRT8213",
        $"The pod {pod.Name()} in {space} cannot start: {reason}. Look whether its nodes can pull {string.Join(", ", pod.Objects("spec", "containers").Select(container => container.Text("image")))}.");

    private static string Phase(JsonObject? pod) => pod is null ? "gone" : pod.Text("status", "phase") is { Length: > 0 } phase ? phase : "without a status";

    private static string? Waiting(JsonObject pod) => pod.Objects("status", "containerStatuses").Select(status => status.Text("state", "waiting", "reason")).FirstOrDefault(reason => reason.Length > 0);
}
