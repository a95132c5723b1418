using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>The heartbeat of the lab's nodes: their lease, their conditions, and the taint of a cordoned one.</summary>
internal sealed class NodeController(Workbench work) : IController
{
    private const string CordonTaint = "node.kubernetes.io/unschedulable";

    /// <summary>How often a kubelet renews its lease.</summary>
    private static readonly TimeSpan LeaseEvery = TimeSpan.FromSeconds(10);

    /// <summary>How often a kubelet whose conditions do not change says them again.</summary>
    private static readonly TimeSpan ConditionsEvery = TimeSpan.FromMinutes(5);

    private static readonly (string Type, string Status, string Reason, string Message)[] Conditions =
    [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource == "nodes" ? [ObjectKey.Of(change)] : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } node)
        {
            work.Store.Remove("leases.coordination.k8s.io", "kube-node-lease", key.Name);
            return null;
        }

        if (!LabNodes.HasAgent(node))
        {
            // Nobody speaks for a node that was only written down; what its status says is its writer's word.
            work.Store.Modify(key.Resource, key.Space, key.Name, Taint);
            return null;
        }

        var renewed = Renew(node);
        work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        {
            Beat(stored);
            Taint(stored);
        });
        return renewed + LeaseEvery - work.Now;
    }

    private DateTimeOffset Renew(JsonObject node)
    {
        const string Leases = "leases.coordination.k8s.io";
        const string Space = "kube-node-lease";
        var lease = work.Store.Peek(Leases, Space, node.Name());
        if (lease is not null && lease.Instant("spec", "renewTime") is { } last && last + LeaseEvery > work.Now)
        {
            return last;
        }

        if (lease is null)
        {
            var made = new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = node.Name(), ["namespace"] = Space },
                ["spec"] = new JsonObject
                {
                    ["holderIdentity"] = node.Name(),
                    ["leaseDurationSeconds"] = 40,
                    ["renewTime"] = work.Now.MicroStamp(),
                },
            };
            work.Create(Leases, made);
        }
        else
        {
            work.Store.Modify(Leases, Space, node.Name(), stored => stored.Make("spec")["renewTime"] = work.Now.MicroStamp());
        }

        return work.Now;
    }

    private void Beat(JsonObject stored)
    {
        foreach (var (type, status, reason, message) in Conditions)
        {
            var before = stored.Condition(type);
            if (before is not null && before.Instant("lastHeartbeatTime") is { } last && last + ConditionsEvery > work.Now)
            {
                continue;
            }

            PodBinding.SetCondition(stored, new JsonObject
            {
                ["type"] = type,
                ["status"] = status,
                ["lastHeartbeatTime"] = work.Now.Stamp(),
                ["lastTransitionTime"] = work.Now.Stamp(),
                ["reason"] = reason,
                ["message"] = message,
            });
        }
    }

    private void Taint(JsonObject stored)
    {
        var isCordoned = stored.Flag("spec", "unschedulable");
        var taints = stored.Each("spec", "taints").Where(taint => taint.Text("key") != CordonTaint).Select(taint => taint.DeepClone()).ToList();
        var hadTaint = stored.Each("spec", "taints").Count() != taints.Count;
        if (isCordoned == hadTaint)
        {
            return;
        }

        if (isCordoned)
        {
            taints.Add(new JsonObject { ["key"] = CordonTaint, ["effect"] = "NoSchedule", ["timeAdded"] = work.Now.Stamp() });
        }

        stored.Make("spec").Remove("taints");
        if (taints.Count > 0)
        {
            stored.Make("spec")["taints"] = new JsonArray([.. taints]);
        }
    }
}
