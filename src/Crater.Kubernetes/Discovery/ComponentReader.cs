using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;

namespace Crater.Kubernetes.Discovery;

/// <summary>Makes components of workload objects and their pods.</summary>
/// <param name="podsByComponent">Living pods by the id of the component at the top of their owners.</param>
/// <param name="zones">Zone by node name.</param>
internal sealed class ComponentReader(
    ContainerReader containers, ILookup<string, JsonObject> podsByComponent, IReadOnlyDictionary<string, string> zones)
{
    private const string DeclaredPrefix = "crater.dev/";

    public Component Read(TargetKind kind, JsonObject workload)
    {
        var space = workload.Namespace();
        var isPod = kind == TargetKind.Pod;
        var template = isPod ? workload : workload.At("spec", "template");
        var id = TargetId.Of(kind, space, workload.Name()).Value;
        var pods = isPod ? [workload] : podsByComponent[id].ToList();
        return new Component
        {
            Kind = kind,
            Namespace = space,
            Name = workload.Name(),
            Labels = workload.Labels(),
            PodLabels = template.Labels(),
            Selector = isPod ? Selectors.Text(workload.Labels()) : Selectors.Text(workload.At("spec", "selector")),
            Replicas = Wanted(kind, workload),
            Ready = pods.Count(pod => pod.Condition("Ready")),
            Pods = [.. pods.OrderBy(pod => pod.Name(), StringComparer.Ordinal).Select(pod => Place(pod, isPod))],
            Containers = containers.Read(template.At("spec"), space),
            Policy = Policy(workload, template),
        };
    }

    private PodPlace Place(JsonObject pod, bool isNaked)
    {
        var node = pod.Text("spec", "nodeName");
        var restarts = pod.Objects("status", "containerStatuses").Sum(status => status.Integer("restartCount") ?? 0);
        return new PodPlace(pod.Name(), node, zones.GetValueOrDefault(node, ""), pod.Condition("Ready"), restarts) { Uid = pod.Uid(), IsNaked = isNaked };
    }

    private static int Wanted(TargetKind kind, JsonObject workload) => kind switch
    {
        TargetKind.Pod => 1,
        TargetKind.DaemonSet => workload.Integer("status", "desiredNumberScheduled") ?? 0,
        TargetKind.Job => workload.Integer("spec", "parallelism") ?? 1,
        _ => workload.Integer("spec", "replicas") ?? 1,
    };

    private static WorkloadPolicy Policy(JsonObject workload, JsonNode? template)
    {
        var spec = template.At("spec");
        var volumes = spec.Objects("volumes").ToList();
        return new WorkloadPolicy
        {
            Strategy = workload.Text("spec", "strategy", "type") is { Length: > 0 } strategy ? strategy : workload.Text("spec", "updateStrategy", "type"),
            GraceSeconds = spec.Integer("terminationGracePeriodSeconds"),
            HasPodAntiAffinity = spec.At("affinity", "podAntiAffinity") is not null,
            HasTopologySpread = spec.Objects("topologySpreadConstraints").Any(),
            HostNetwork = spec.Flag("hostNetwork"),
            HasHostPath = volumes.Any(volume => volume.At("hostPath") is not null),
            HasEmptyDir = volumes.Any(volume => volume.At("emptyDir") is not null),
            HasPersistentVolume = volumes.Any(volume => volume.At("persistentVolumeClaim") is not null) || workload.Objects("spec", "volumeClaimTemplates").Any(),
            PriorityClass = spec.Text("priorityClassName"),
            RestartPolicy = spec.Text("restartPolicy"),
            ServiceName = workload.Text("spec", "serviceName"),
            BackoffLimit = workload.Integer("spec", "backoffLimit"),
            ActiveDeadlineSeconds = workload.Integer("spec", "activeDeadlineSeconds"),
            TtlSecondsAfterFinished = workload.Integer("spec", "ttlSecondsAfterFinished"),
            Declared = Declared(workload, template),
        };
    }

    /// <summary>The workload's own annotations win over its template's. Crater's marks are no facts of the application.</summary>
    private static Dictionary<string, string> Declared(JsonObject workload, JsonNode? template)
    {
        var declared = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in template.Map("metadata", "annotations").Concat(workload.Map("metadata", "annotations")))
        {
            if (key.StartsWith(DeclaredPrefix, StringComparison.Ordinal) && !Mark.Keys.Contains(key))
            {
                declared[key[DeclaredPrefix.Length..]] = value;
            }
        }

        return declared;
    }
}
