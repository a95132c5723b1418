using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Sets a workload's replica count: to a number, by a number, or by a share of what it is. Fingerprint: <c>replicas=3 ready=3/3</c>.</summary>
internal sealed class WorkloadScale(KubernetesClient client, TimeProvider clock, TargetKind kind) : MarkedFault(client, clock, kind)
{
    private static readonly FieldPath Place = FieldPath.Of("spec", "replicas");

    public override string Name { get; } = $"{TargetId.Text(kind)}-scale";

    /// <summary>How many replicas there are during the fault; may be less than none.</summary>
    /// <param name="mode">absolute (or empty), relative or percent; ChaosMeta's absolutecount, relativecount and relativepercent are the same.</param>
    internal static int During(string mode, int value, int before) => mode switch
    {
        "relative" or "relativecount" => before + value,
        "percent" or "relativepercent" => before + (int)Math.Truncate(before * value / 100.0),
        _ => value,
    };

    protected override async Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var autoscalers = await Client.ListAsync(Resource.Autoscalers, injection.Target.Namespace, ListQuery.All, abort);
        if (autoscalers.Items.FirstOrDefault(autoscaler => Scales(autoscaler, injection)) is { } owner)
        {
            throw new CraterException("CRT3102",
                $"'{injection.Target.Id}' is scaled by the autoscaler '{owner.Name()}', which would undo {Name} at once. Hit its pods with pod-kill instead.");
        }

        if (Replicas(injection, seen) < 0)
        {
            throw new CraterException("CRT8083",
                $"{injection.Fault} asks for {Replicas(injection, seen)} replicas of '{injection.Target.Id}', which has {Before(seen)}. Take away no more than there are.");
        }
    }

    protected override Task<Workload?> WatchedAsync(Injection injection, JsonObject seen, CancellationToken abort) => Task.FromResult<Workload?>(Own(seen, injection));

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) => [(Place, Replicas(injection, seen))];

    protected override string FieldsText(Injection injection, JsonObject seen) => $"replicas={Before(seen)}";

    protected override string Mechanism(Injection injection) =>
        $"spec.replicas set through the API ({(injection.Fault.Text("mode") is { Length: > 0 } mode ? mode : "absolute")} {injection.Fault.Text("replicas")})";

    private static int Replicas(Injection injection, JsonObject seen) =>
        During(injection.Fault.Text("mode"), int.Parse(injection.Fault.Text("replicas"), CultureInfo.InvariantCulture), Before(seen));

    private static int Before(JsonObject workload) => workload.Integer("spec", "replicas") ?? 1;

    private static bool Scales(JsonObject autoscaler, Injection injection) =>
        autoscaler.Text("spec", "scaleTargetRef", "kind").Equals(TargetId.Text(injection.Target.Kind), StringComparison.OrdinalIgnoreCase)
        && autoscaler.Text("spec", "scaleTargetRef", "name") == injection.Target.Name;
}
