using Crater.Lab.Network;
using Crater.Lab.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Holding;

/// <summary>A fault that is a rule of the service proxy. Without rules the proxy passes everything on, so that nothing can be left behind.</summary>
/// <param name="add">Adds the rule for the pod with this uid.</param>
internal sealed class RuleFault(Edges edges, string id, string mechanism, Action<string> add) : HeldFault
{
    public override string Mechanism => mechanism;

    public override Task PutOnAsync(PodRun pod, CancellationToken abort)
    {
        add(pod.Object.Uid());
        return Task.CompletedTask;
    }

    public override Task TakeOffAsync()
    {
        edges.Remove(id);
        return Task.CompletedTask;
    }

    public override (bool IsPresent, string Seen) Look() =>
        edges.Has(id) ? (true, "the rule is in the service proxy") : (false, "the service proxy has no such rule");
}
