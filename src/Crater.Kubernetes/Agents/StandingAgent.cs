using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// An agent pod that is there without any run, as the pods of a DaemonSet are. Where a node has one it is used, whatever stack.yaml says, since no second craterd should be on the host; it is never made,
/// changed or removed. What it may do stands in its own manifest, and a run that needs more is refused before anything is touched.
/// </summary>
internal static class StandingAgent
{
    /// <summary>How long one that is there may take until it answers: it starts with its node or after an upgrade, not for a run.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static bool Is(JsonObject pod, string node) => pod.Name() != AgentNames.OfNode(node);

    /// <summary>The standing one of a node before one that was made for a run, and one that lives before one that is on its way out.</summary>
    public static JsonObject? Choose(IEnumerable<JsonObject> pods, string node, bool onlyStanding) =>
        pods.Where(pod => !onlyStanding || Is(pod, node)).OrderByDescending(pod => Is(pod, node)).ThenBy(AgentPodState.IsOver).ThenBy(pod => pod.Name(), StringComparer.Ordinal).FirstOrDefault();

    public static CraterException Missing(string node, AgentPodOptions options) => new("CRT8509",
        $"No pod of the agents' DaemonSet is on node {node}. Look with: kubectl get pods -n {options.Namespace} -l {AgentNames.AgentLabel}=true -o wide. Nothing was injected.");

    public static CraterException Silent(JsonObject pod, string node, bool hasToken) => new("CRT8508",
        $"The agent pod {pod.Namespace()}/{pod.Name()} of the DaemonSet on node {node} is not ready: {(hasToken ? AgentPodState.Text(pod) : $"the Secret {AgentNames.OfDaemonSet} with its token is missing")}. Look with: kubectl describe pod -n {pod.Namespace()} {pod.Name()}.");

    /// <summary>Refuses what the pod may not do.</summary>
    /// <exception cref="CraterException">CRT8517: it may do less than is needed; the message has what is missing.</exception>
    public static void MustAllow(JsonObject pod, string node, AgentNeeds needs)
    {
        if (Lacks(pod, needs) is { Count: > 0 } lacking)
        {
            throw new CraterException("CRT8517",
                $"The agent pod {pod.Namespace()}/{pod.Name()} of the DaemonSet on node {node} may do less than this run needs: it lacks {string.Join(", ", lacking)}. Give that to the DaemonSet (agentDaemonSet in the chart's values), or take the DaemonSet away, so that each run brings an agent with exactly what it needs. Nothing was injected.");
        }
    }

    /// <summary>What a run needs and the pod's manifest does not give, in words.</summary>
    private static List<string> Lacks(JsonObject pod, AgentNeeds needs)
    {
        var spec = pod.At("spec");
        var container = spec.Objects("containers").FirstOrDefault(one => one.Text("name") == AgentManifest.ContainerName) ?? spec.Objects("containers").FirstOrDefault();
        var given = container.Texts("securityContext", "capabilities", "add").Select(one => one.StartsWith("CAP_", StringComparison.Ordinal) ? one["CAP_".Length..] : one).ToHashSet();
        var hasAll = container.Flag("securityContext", "privileged") || given.Contains("ALL");
        List<string> lacking = [.. needs.Capabilities.Where(one => !hasAll && !given.Contains(one)).Select(one => $"the capability {one}")];
        lacking.AddRange(needs.HostPaths.Where(path => !IsMounted(spec, container, path)).Select(path => $"the node's folder {path} at the same path"));
        lacking.AddRange(spec.Flag("hostPID") ? [] : ["hostPID"]);
        lacking.AddRange(!needs.IsOnHostNetwork || spec.Flag("hostNetwork") ? [] : ["hostNetwork"]);
        lacking.AddRange(!needs.IsUnbounded || container.Map("resources", "limits").Count == 0 ? [] : ["freedom from its own limits (resources.limits)"]);
        return lacking;
    }

    private static bool IsMounted(JsonNode? spec, JsonObject? container, string path) => spec.Objects("volumes")
        .Where(volume => IsAtOrBelow(path, volume.Text("hostPath", "path")))
        .Any(volume => container.Objects("volumeMounts").Any(mount =>
            mount.Text("name") == volume.Text("name") && mount.Text("mountPath") == volume.Text("hostPath", "path") && !mount.Flag("readOnly")));

    private static bool IsAtOrBelow(string path, string folder) => folder.Length > 0 && (path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal));
}
