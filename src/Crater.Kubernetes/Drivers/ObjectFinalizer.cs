using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Adds and deletes finalizers of an object: with one more, whoever deletes it waits until the fault is over.</summary>
internal sealed class ObjectFinalizer(KubernetesClient client, TimeProvider clock, TargetKind kind) : MarkedFault(client, clock, kind)
{
    /// <summary>Added when the arguments name none.</summary>
    private const string Hold = "crater.dev/hold";

    private static readonly FieldPath Place = FieldPath.Of("metadata", "finalizers");

    public override string Name { get; } = $"{TargetId.Text(kind)}-finalizer";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        ListedValues.Check(injection, needsOne: false);
        return Task.CompletedTask;
    }

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen)
    {
        var (deleted, added) = (ListedValues.Of(injection, "delete"), ListedValues.Of(injection, "add"));
        return
        [
            .. deleted.Select(finalizer => (Place.Member(finalizer), (JsonNode?)null)),
            .. (deleted.Count + added.Count > 0 ? added : [Hold]).Select(finalizer => (Place.Member(finalizer), (JsonNode?)finalizer)),
        ];
    }

    protected override string Mechanism(Injection injection) => "finalizers patched through the API";
}
