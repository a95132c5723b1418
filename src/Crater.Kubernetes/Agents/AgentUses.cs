using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Agents;

/// <summary>A run that may have faults on a node, as the cluster remembers it.</summary>
/// <param name="Injections">Ids in craterd's spelling, of those that it was or will be asked for.</param>
/// <param name="IsOver">Nobody renews it.</param>
public sealed record AgentUse(string Name, RunId Run, string Node, AgentNeeds Needs, IReadOnlyList<string> Injections, bool IsOver)
{
    internal string Version { get; init; } = "";
}

/// <summary>
/// Which runs may have faults on which nodes: a Lease for each pair, written before the agent of the node is asked for anything and deleted when everything there is proven
/// clean. So whoever comes later, from whatever machine, knows where to look without any journal.
/// </summary>
internal sealed class AgentUses(KubernetesClient client, AgentPodOptions options, AgentSpace space)
{
    /// <summary>Without a renewal for so long the run is taken for dead. Longer than craterd keeps a fault without one, so that what is swept has mostly ended by itself.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);

    /// <summary>A third of that.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    private const int ConflictsMax = 10;

    /// <summary>Writes down that the run may have this injection there. What stands there already stays.</summary>
    /// <param name="injection">In craterd's spelling; empty for the node alone.</param>
    public async Task AddAsync(RunId run, string node, AgentNeeds needs, string injection, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAddAsync(run, node, needs, injection, abort);
                return;
            }
            catch (KubernetesException e) when ((e.IsConflict || e.AlreadyExists || e.IsNotFound) && attempt < ConflictsMax)
            {
                // Somebody renewed, added or swept in between; look again.
            }
        }
    }

    /// <summary>Says that the run lives. Nothing where it has no such record.</summary>
    public async Task RenewAsync(RunId run, string node, CancellationToken abort)
    {
        var spec = Leases.Spec(run.Value, LeaseTime, await client.ServerNowAsync(abort));
        await client.PatchAsync(Resource.Leases, options.Namespace, AgentNames.OfUse(run, node), PatchForm.Merge, new JsonObject { ["spec"] = spec }, null, abort);
    }

    public async Task<IReadOnlyList<AgentUse>> ListAsync(CancellationToken abort)
    {
        var found = (await client.ListAsync(Resource.Leases, options.Namespace, new ListQuery { LabelSelector = $"{AgentNames.UseLabel}=true" }, abort)).Items;
        var now = found.Count > 0 ? await client.ServerNowAsync(abort) : default;
        return [.. found.Select(lease => Read(lease, now)).OfType<AgentUse>()];
    }

    /// <summary>Everything of the run on the node is proven clean. Safe to repeat.</summary>
    /// <param name="asSeen">Only if nobody has added anything since; null for however it is now.</param>
    public async Task DropAsync(RunId run, string node, AgentUse? asSeen, CancellationToken budget)
    {
        try
        {
            await client.DeleteAsync(Resource.Leases, options.Namespace, AgentNames.OfUse(run, node), new DeleteRequest { ResourceVersion = asSeen?.Version ?? "" }, budget);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Somebody else was there first.
        }
    }

    private async Task TryAddAsync(RunId run, string node, AgentNeeds needs, string injection, CancellationToken abort)
    {
        var name = AgentNames.OfUse(run, node);
        var there = await client.FindAsync(Resource.Leases, options.Namespace, name, abort);
        var now = await client.ServerNowAsync(abort);
        if (there is null)
        {
            var lease = Leases.Of(name, options.Namespace, AgentNames.UseLabel, Leases.Spec(run.Value, LeaseTime, now));
            lease["metadata"]!["labels"]![Mark.RunKey] = run.Value;
            lease["metadata"]!["annotations"] = new JsonObject
            {
                [AgentNames.NodeKey] = node,
                [AgentNames.NeedsKey] = needs.Json().ToJsonString(),
                [AgentNames.InjectionsKey] = injection,
            };
            await CreateAsync(lease, abort);
            return;
        }

        var use = Read(there, now);
        var known = use?.Injections ?? [];
        var had = use?.Needs ?? AgentNeeds.None;
        if (had.Covers(needs) && (injection.Length == 0 || known.Contains(injection)))
        {
            return;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = there.ResourceVersion(),
                ["annotations"] = new JsonObject
                {
                    [AgentNames.NeedsKey] = had.With(needs).Json().ToJsonString(),
                    [AgentNames.InjectionsKey] = string.Join(',', known.Append(injection).Where(one => one.Length > 0).Distinct()),
                },
            },
            ["spec"] = Leases.Spec(run.Value, LeaseTime, now),
        };
        await client.PatchAsync(Resource.Leases, options.Namespace, name, PatchForm.Merge, patch, null, abort);
    }

    private async Task CreateAsync(JsonObject lease, CancellationToken abort)
    {
        try
        {
            await space.MakeAsync(abort);
            await client.CreateAsync(Resource.Leases, options.Namespace, lease, abort);
        }
        catch (KubernetesException e) when (AgentPodState.Refusal(e, options) is { } refusal)
        {
            throw refusal;
        }
    }

    private static AgentUse? Read(JsonObject lease, DateTimeOffset now) => RunId.TryParse(lease.Text("spec", "holderIdentity"), out var run)
        ? new AgentUse(lease.Name(), run, lease.Annotation(AgentNames.NodeKey), AgentNeeds.Parse(lease.Annotation(AgentNames.NeedsKey)),
            lease.Annotation(AgentNames.InjectionsKey).Split(',', StringSplitOptions.RemoveEmptyEntries), Leases.HasExpired(lease, now))
        { Version = lease.ResourceVersion() }
        : null;
}
