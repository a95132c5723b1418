using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Adds and deletes labels of an object. A pod that no longer matches its owner's selector is replaced by another one.</summary>
internal sealed class ObjectLabel(KubernetesClient client, TimeProvider clock, TargetKind kind) : MarkedFault(client, clock, kind)
{
    public override string Name { get; } = $"{TargetId.Text(kind)}-label";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        ListedValues.Check(injection, needsOne: true);
        return Task.CompletedTask;
    }

    protected override async Task<Workload?> WatchedAsync(Injection injection, JsonObject seen, CancellationToken abort) =>
        injection.Target.Kind == TargetKind.Pod ? await Workload.OfAsync(Client, seen, abort) : null;

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
    [
        .. ListedValues.Pairs(injection, "delete").Select(pair => (Place(pair.Key), (JsonNode?)null)),
        .. ListedValues.Pairs(injection, "add").Select(pair => (Place(pair.Key), (JsonNode?)pair.Value)),
    ];

    protected override string Mechanism(Injection injection) => "labels patched through the API";

    private static FieldPath Place(string key) => FieldPath.Of("metadata", "labels", key);
}
