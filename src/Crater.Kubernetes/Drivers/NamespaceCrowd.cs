using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Fills a namespace with objects that nobody needs: pods that no node can take, or jobs that are done. All belong to one Secret that carries the
/// mark, so that one which is made late goes with it. Fingerprint: how many of them there are, <c>made=0</c>.
/// </summary>
internal abstract class NamespaceCrowd(KubernetesClient client, Resource resource) : IApiFault
{
    /// <summary>The label that each of them has, with the injection.</summary>
    internal const string Label = "crater.dev/made-by";

    /// <summary>Requests under way at once: as many as one user's fair share of a small control plane takes without waiting.</summary>
    private const int AtOnce = 8;

    public abstract string Name { get; }

    public IReadOnlyList<TargetKind> TargetKinds { get; } = [TargetKind.Namespace];

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var seen = await Look.AtAsync(client, Resource.Namespaces, injection.Target, abort);
        return new Preparation { Before = Text(0), UndoId = Prepared.Of(seen).Text };
    }

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort)
    {
        var space = injection.Target.Name;
        var undo = Undo.Elsewhere(Name, KeptData.NameOf(injection.Id), preparation.UndoId);
        var mark = await tenure.MarkAsync(client, injection, undo, abort);
        var holder = await new KeptData(client, space).PutAsync(mark, injection.Target.Id.Value, new JsonObject { ["made"] = resource.QualifiedName }, isHeld: true, abort);
        var count = injection.Fault.Integer("count");
        await Parallel.ForEachAsync(Enumerable.Range(1, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = abort }, async (number, stop) =>
        {
            if (isLive())
            {
                await MakeAsync(injection, holder, number, stop);
            }
        });
        return $"{count} {resource.Plural} made through the API";
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, Tenure tenure, CancellationToken abort) =>
        await new MarkedObject(client, Resource.Secrets, injection.Target.Name, KeptData.NameOf(injection.Id))
            .RenewAsync(injection.Id, tenure, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        ClearAsync(client, resource, injection.Target.Name, injection.Id, budget);

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var made = (await ListAsync(client, resource, injection.Target.Name, injection.Id, budget)).Count;
        var kept = await new KeptData(client, injection.Target.Name).FindAsync(injection.Id, budget);
        return new Inspection(made == 0 && kept is null ? Presence.Absent : Presence.Present, Text(made), $"{made} {resource.Plural} of {injection.Id} are there");
    }

    /// <summary>Deletes all that an injection made, and then what holds them. Safe to repeat.</summary>
    public static async Task ClearAsync(KubernetesClient client, Resource resource, string space, string injection, CancellationToken budget)
    {
        while (await ListAsync(client, resource, space, injection, budget) is { Count: > 0 } made)
        {
            await Parallel.ForEachAsync(made.Where(one => !one.IsTerminating()), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = budget }, async (one, stop) =>
            {
                try
                {
                    await client.DeleteAsync(resource, space, one.Name(), new DeleteRequest { Uid = one.Uid(), GraceSeconds = 0, Propagation = "Background" }, stop);
                }
                catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
                {
                    // Gone already.
                }
            });
            if (made.All(one => one.IsTerminating()))
            {
                // On their way; that nothing is left is the next look's matter, and what holds them may go now.
                break;
            }
        }

        await new KeptData(client, space).DropAsync(injection, budget);
    }

    protected abstract JsonObject Spec(Injection injection);

    private async Task MakeAsync(Injection injection, JsonObject holder, int number, CancellationToken stop)
    {
        var made = new JsonObject
        {
            ["apiVersion"] = resource.ApiVersion,
            ["kind"] = resource.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{injection.Fault.Text("name")}-{holder.Name()[^8..]}-{number}",
                ["namespace"] = injection.Target.Name,
                ["labels"] = new JsonObject { [Label] = injection.Id },
                ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Secret", ["name"] = holder.Name(), ["uid"] = holder.Uid() }),
            },
            ["spec"] = Spec(injection),
        };
        try
        {
            await client.CreateAsync(resource, injection.Target.Name, made, stop);
        }
        catch (KubernetesException e) when (e.AlreadyExists)
        {
            // A doubled request.
        }
    }

    private static async Task<IReadOnlyList<JsonObject>> ListAsync(KubernetesClient client, Resource resource, string space, string injection, CancellationToken abort) =>
        (await client.ListAsync(resource, space, new ListQuery { LabelSelector = $"{Label}={injection}", MetadataOnly = true }, abort)).Items;

    private static Fingerprint Text(int made) => new($"made={made}");
}

/// <summary>Pods that ask for more than any node has.</summary>
internal sealed class PendingPods(KubernetesClient client) : NamespaceCrowd(client, Resource.Pods)
{
    public const string Fault = "cluster-pending-pods";

    public override string Name => Fault;

    protected override JsonObject Spec(Injection injection) => new()
    {
        ["containers"] = new JsonArray(new JsonObject
        {
            ["name"] = "none",
            ["image"] = injection.Fault.Text("image"),
            // The largest machines that are sold have some thousand processors.
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "1000000" } },
        }),
    };
}

/// <summary>Jobs that come to their end at once and stay there.</summary>
internal sealed class CompletedJobs(KubernetesClient client) : NamespaceCrowd(client, Resource.Jobs)
{
    public const string Fault = "cluster-completed-jobs";

    public override string Name => Fault;

    protected override JsonObject Spec(Injection injection) => new()
    {
        ["backoffLimit"] = 0,
        ["template"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Label] = injection.Id } },
            ["spec"] = new JsonObject
            {
                ["restartPolicy"] = "Never",
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "done", ["image"] = injection.Fault.Text("image"), ["command"] = new JsonArray("true") }),
            },
        },
    };
}
