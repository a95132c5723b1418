using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// What "as it was" means where a container is ended and its kubelet starts another one: as many of the pod's containers are ready as before. craterd is content when what it hit has ended;
/// whoever tests what survives is not.
/// </summary>
internal static class PodHealing
{
    private const string Mark = " ready=";

    public static bool Counts(Injection injection) => injection.Target.Kind == TargetKind.Pod
        && FaultCatalogue.Find(injection.Fault.Name, TargetKind.Pod) is { Ending: Ending.HealsItself };

    public static Fingerprint Of(Fingerprint own, JsonObject? pod) => new(string.Create(CultureInfo.InvariantCulture, $"{own.Text}{Mark}{Ready(pod)}"));

    /// <summary>A pod that was replaced is healed by whoever replaced it when the new one is; that is another object, so its component's readiness is for probes to say.</summary>
    public static async Task<Inspection> LookAsync(KubernetesClient client, Injection injection, Inspection seen, CancellationToken budget)
    {
        if (seen.Now is not { } own)
        {
            return seen;
        }

        var pod = await client.FindAsync(Resource.Pods, injection.Target.Namespace, injection.Target.Name, budget);
        var now = pod is not null && pod.Uid() == injection.Target.Uid ? Of(own, pod) : new Fingerprint("the pod is gone");
        return seen with { Now = now, Evidence = $"{seen.Evidence} Of the pod's containers {(pod is null ? 0 : Ready(pod))} are ready." };
    }

    private static int Ready(JsonObject? pod) => pod.Objects("status", "containerStatuses").Count(container => container.Flag("ready"));
}
