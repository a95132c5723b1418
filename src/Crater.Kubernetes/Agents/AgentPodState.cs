using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>What the status of an agent pod means for whoever waits for it.</summary>
internal static class AgentPodState
{
    /// <summary>Reasons of waiting that no waiting mends.</summary>
    private static readonly string[] Hopeless = ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerError", "RunContainerError", "StartError", "CrashLoopBackOff"];

    /// <summary>Its container runs; whether craterd answers in it is another question.</summary>
    public static bool IsRunning(JsonObject pod) => !pod.IsTerminating() && pod.Text("status", "phase") == "Running"
        && pod.Objects("status", "containerStatuses").All(container => container.At("state", "running") is not null);

    public static bool IsOver(JsonObject pod) => pod.IsTerminating() || pod.Text("status", "phase") is "Failed" or "Succeeded";

    /// <summary>Where it stands, in a few words.</summary>
    public static string Text(JsonObject pod)
    {
        var container = pod.Objects("status", "containerStatuses").FirstOrDefault();
        var waiting = container.At("state", "waiting");
        var ended = container.At("state", "terminated");
        return pod.Text("status", "reason") is { Length: > 0 } reason ? $"{reason}: {pod.Text("status", "message")}"
            : waiting is not null ? $"{waiting.Text("reason")}{(waiting.Text("message") is { Length: > 0 } message ? $": {message}" : "")}"
            : ended is not null ? $"{ended.Text("reason")}, exit code {ended.Text("exitCode")}{(ended.Text("message") is { Length: > 0 } said ? $": {said}" : "")}"
            : pod.Text("status", "phase") is { Length: > 0 } phase ? phase : "not seen by its node yet";
    }

    /// <summary>Why it will never run; null while it may.</summary>
    public static CraterException? Trouble(JsonObject pod, AgentPodOptions options, string node)
    {
        var waiting = pod.Objects("status", "containerStatuses").FirstOrDefault().Text("state", "waiting", "reason");
        return waiting is "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull"
            ? new CraterException("CRT8504", $"The image '{options.Image}' of the agent pod cannot be pulled on node {node}: {Text(pod)}. Make it available there, or name another with agents.image in stack.yaml. Nothing was injected.")
            : Hopeless.Contains(waiting) || IsOver(pod)
                ? new CraterException("CRT8506", $"The agent pod {pod.Namespace()}/{pod.Name()} on node {node} does not run: {Text(pod)}. Look with: kubectl logs -n {pod.Namespace()} {pod.Name()}. Nothing was injected.")
                : null;
    }

    /// <summary>What a refused creation of an agent pod means; null where it is no such refusal.</summary>
    public static CraterException? Refusal(KubernetesException e, AgentPodOptions options) => e switch
    {
        { IsForbidden: true } when e.Message.Contains("PodSecurity", StringComparison.OrdinalIgnoreCase) => new CraterException("CRT8502",
            $"The namespace {options.Namespace} does not admit agent pods: {e.Message} Give it the level they need: kubectl label namespace {options.Namespace} pod-security.kubernetes.io/enforce=privileged --overwrite.", e),
        { IsForbidden: true } when e.Message.Contains("exceeded quota", StringComparison.OrdinalIgnoreCase) => new CraterException("CRT8503",
            $"A quota of the namespace {options.Namespace} leaves no room for an agent pod: {e.Message} It asks for 10m CPU and 64Mi memory on each node involved.", e),
        { IsNotFound: true } => new CraterException("CRT8501",
            $"The namespace {options.Namespace}, where agent pods run, is not there. Make it: kubectl create namespace {options.Namespace} && kubectl label namespace {options.Namespace} pod-security.kubernetes.io/enforce=privileged.", e),
        _ => null,
    };
}
