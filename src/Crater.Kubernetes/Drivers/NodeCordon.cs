using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Keeps new pods away from a node. Fingerprint: <c>unschedulable=false</c>.</summary>
internal sealed class NodeCordon(KubernetesClient client) : MarkedFault(client, Resource.Nodes)
{
    public override string Name => "node-cordon";

    public override TargetKind TargetKind => TargetKind.Node;

    /// <exception cref="CraterException">CRT3111: there would be nothing to change, and nothing could be learnt.</exception>
    public static void RefuseCordoned(JsonObject node, string fault)
    {
        if (node.Flag("spec", "unschedulable"))
        {
            throw new CraterException("CRT3111", $"Node '{node.Name()}' is cordoned already, so {fault} would change nothing. Uncordon it or choose another node.");
        }
    }

    protected override Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        RefuseCordoned(seen, Name);
        return Task.FromResult(Read(seen));
    }

    protected override Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget) =>
        Task.FromResult(seen is null ? null : Read(seen));

    protected override Undo UndoOf(JsonObject seen) => Undo.Unschedulable(Name, seen.Flag("spec", "unschedulable"));

    protected override (JsonObject Change, PatchForm Form) Change(Injection injection, JsonObject seen) =>
        (new JsonObject { ["unschedulable"] = true }, PatchForm.Merge);

    protected override string Mechanism(Injection injection) => "spec.unschedulable set through the API";

    private static Fingerprint Read(JsonObject node) => new($"unschedulable={(node.Flag("spec", "unschedulable") ? "true" : "false")}");
}
