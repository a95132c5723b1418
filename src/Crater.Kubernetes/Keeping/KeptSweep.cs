using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;

namespace Crater.Kubernetes.Keeping;

/// <summary>What the keeper does with undo data that lies beside its target.</summary>
internal sealed class KeptSweep(KubernetesClient client)
{
    /// <summary>Finishes a deletion or a creation from what is kept.</summary>
    public Task RestoreAsync(HeldChange change, CancellationToken budget)
    {
        var (kind, space, name) = Parts(change.Target);
        return change.Fault switch
        {
            PendingPods.Fault => NamespaceCrowd.ClearAsync(client, Resource.Pods, name, change.Injection, budget),
            CompletedJobs.Fault => NamespaceCrowd.ClearAsync(client, Resource.Jobs, name, change.Injection, budget),
            _ => new KeptObject(client, KubernetesTargets.ResourceOf(kind), space, name).RestoreAsync(change.Injection, prepared: null, budget),
        };
    }

    /// <summary>Deletes undo data of changes that never came or are undone: its target carries no mark of the injection, and nobody is about to put one on.</summary>
    public async Task SweepAsync(IReadOnlyList<JsonObject> kept, CancellationToken budget)
    {
        var now = await client.ServerNowAsync(budget);
        foreach (var one in kept.Where(one => Mark.Of(one) is { } mark && mark.Deadline < now))
        {
            var (kind, space, name) = Parts(new TargetId(one.Annotation(KeptData.TargetKey)));
            var injection = one.Annotation(Mark.InjectionKey);
            var target = await client.FindAsync(KubernetesTargets.ResourceOf(kind), space, name, budget);
            if (target.Annotation(Mark.InjectionKey) != injection)
            {
                await new KeptData(client, one.Namespace()).DropAsync(injection, budget);
            }
        }
    }

    /// <summary>Takes the id of a target apart.</summary>
    public static (TargetKind Kind, string Space, string Name) Parts(TargetId target)
    {
        var parts = target.Value.Split('/');
        return (Enum.Parse<TargetKind>(parts[0], ignoreCase: true), parts is [_, var space, _] ? space : "", parts[^1]);
    }
}
