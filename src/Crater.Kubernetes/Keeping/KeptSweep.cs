using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;

namespace Crater.Kubernetes.Keeping;

/// <summary>What the keeper does with undo data that lies beside its target.</summary>
internal sealed class KeptSweep(KubernetesClient client)
{
    /// <summary>For so long after the deadline that was written with it the change itself may still be on its way: an inject may take 30 s, and a server a minute for its last request.</summary>
    private static readonly TimeSpan LateFor = TimeSpan.FromMinutes(2);

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
        foreach (var one in kept)
        {
            try
            {
                await SweepAsync(one, now, budget);
            }
            catch (CraterException e) when (e is not KubernetesException or KubernetesException { IsForbidden: true })
            {
                // What cannot be read, or is not ours to see, is for a person; the others must not wait for that.
            }
        }
    }

    /// <summary>Takes the id of a target apart.</summary>
    /// <exception cref="CraterException">CRT3110: it is none, so somebody has changed it.</exception>
    public static (TargetKind Kind, string Space, string Name) Parts(TargetId target)
    {
        var parts = target.Value.Split('/');
        return parts.Length is 2 or 3 && Enum.TryParse<TargetKind>(parts[0], ignoreCase: true, out var kind)
            ? (kind, parts is [_, var space, _] ? space : "", parts[^1])
            : throw new CraterException("CRT3110", $"The annotation {KeptData.TargetKey} says '{target}', which is no target; somebody changed it. Restore the object by hand, and delete what bears the annotation.");
    }

    private async Task SweepAsync(JsonObject one, DateTimeOffset now, CancellationToken budget)
    {
        if (Mark.Of(one) is not { } mark || mark.Deadline >= now - LateFor)
        {
            return;
        }

        var (kind, space, name) = Parts(new TargetId(one.Annotation(KeptData.TargetKey)));
        var kept = new KeptData(client, one.Namespace());
        var target = new MarkedObject(client, KubernetesTargets.ResourceOf(kind), space, name);
        if (await target.RestoreUnmarkedAsync(mark.Injection, kept, budget))
        {
            await kept.DropAsync(mark.Injection, budget);
        }
    }
}
