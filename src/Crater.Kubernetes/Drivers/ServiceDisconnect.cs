using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Makes a service's selector match no pod, so that it has no end points while its pods run on.</summary>
internal sealed class ServiceDisconnect(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Service)
{
    public override string Name => "service-disconnect";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort) => seen.Map("spec", "selector").Count > 0
        ? Task.CompletedTask
        : throw new CraterException("CRT8082", $"'{injection.Target.Id}' has no selector: nothing is behind it that could be disconnected. Choose another service.");

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        [(FieldPath.Of("spec", "selector", "crater.dev/disconnected"), "true")];

    protected override string Mechanism(Injection injection) => "a label that no pod has added to the service's selector through the API";
}
