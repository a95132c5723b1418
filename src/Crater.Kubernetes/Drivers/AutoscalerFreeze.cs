using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Holds an autoscaler at the number of replicas that there is: its least and its most are both set to it.</summary>
internal sealed class AutoscalerFreeze(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.HorizontalPodAutoscaler)
{
    public override string Name => "autoscaler-freeze";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort) => Current(seen) > 0
        ? Task.CompletedTask
        : throw new CraterException("CRT8082",
            $"'{injection.Target.Id}' does not scale anything now (its status counts no replicas), so there is nothing to freeze. Look at its conditions.");

    // Once it is frozen the least is the number; reading it again must not depend on the status.
    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        [(FieldPath.Of("spec", "minReplicas"), Current(seen)), (FieldPath.Of("spec", "maxReplicas"), Current(seen))];

    protected override string Mechanism(Injection injection) => "minReplicas and maxReplicas of the autoscaler set to the present number through the API";

    private static int Current(JsonObject autoscaler) => autoscaler.Integer("status", "currentReplicas") ?? 0;
}
