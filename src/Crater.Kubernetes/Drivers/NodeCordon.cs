using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Keeps new pods away from a node. Fingerprint: <c>unschedulable=false</c>.</summary>
internal sealed class NodeCordon(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Node)
{
    /// <summary>What a cordon sets.</summary>
    public static readonly FieldPath Place = FieldPath.Of("spec", "unschedulable");

    public override string Name => "node-cordon";

    public static string Text(JsonObject node) => $"unschedulable={(node.Flag("spec", "unschedulable") ? "true" : "false")}";

    /// <exception cref="CraterException">CRT3111: there would be nothing to change, and nothing could be learnt.</exception>
    public static void RefuseCordoned(JsonObject node, string fault)
    {
        if (node.Flag("spec", "unschedulable"))
        {
            throw new CraterException("CRT3111", $"Node '{node.Name()}' is cordoned already, so {fault} would change nothing. Uncordon it or choose another node.");
        }
    }

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        RefuseCordoned(seen, Name);
        return Task.CompletedTask;
    }

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) => [(Place, true)];

    protected override string FieldsText(Injection injection, JsonObject seen) => Text(seen);

    protected override string Mechanism(Injection injection) => "spec.unschedulable set through the API";
}
