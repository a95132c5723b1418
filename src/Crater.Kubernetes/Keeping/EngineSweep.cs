using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;

namespace Crater.Kubernetes.Keeping;

/// <summary>What the keeper does with faults that other engines hold for us: an engine's object whose deadline passed is ended as its driver would end it.</summary>
internal sealed class EngineSweep(KubernetesClient client, IReadOnlyList<string> spaces, TimeProvider clock) : IDisposable
{
    /// <summary>How long the record of a fault that is over stays.</summary>
    private static readonly TimeSpan RecordsFor = TimeSpan.FromHours(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private static readonly Resource[] Kinds = [LitmusEngine.Engines, .. MeshFaults.Kinds];

    private readonly ApiCatalogue _catalogue = new(client, clock);

    public void Dispose() => _catalogue.Dispose();

    /// <summary>Everything that engines hold for us now and that can be seen. A cluster without them has none.</summary>
    /// <inheritdoc cref="UnseenKind.Of" path="/param"/>
    public async Task<(IReadOnlyList<(Resource Kind, JsonObject Found)> Held, IReadOnlyList<UnseenKind> Unseen)> ListAsync(bool isConfined, CancellationToken abort)
    {
        List<(Resource, JsonObject)> held = [];
        List<UnseenKind> unseen = [];
        List<Resource> served = [];
        try
        {
            foreach (var kind in Kinds)
            {
                served.AddRange(await IsServedAsync(kind, abort) ? [kind] : []);
            }
        }
        catch (KubernetesException e)
        {
            return ([], [.. Kinds.Select(kind => new UnseenKind(kind.QualifiedName, [], e))]);
        }

        foreach (var kind in served)
        {
            try
            {
                var found = await ObjectsAsync(kind, $"{Mark.HeldLabel}=true", abort);
                held.AddRange(found.Items.Select(one => (kind, one)));
                unseen.AddRange(UnseenKind.Of(kind, found, isConfined));
            }
            catch (KubernetesException e)
            {
                // Definitions of others break, for example by a conversion that does not answer; what is ours comes off all the same.
                unseen.Add(new UnseenKind(kind.QualifiedName, [], e));
            }
        }

        return (held, unseen);
    }

    /// <summary>Ends it, and returns when nothing of it is left.</summary>
    /// <exception cref="OperationCanceledException">It did not end within the budget; the next sweep goes on.</exception>
    public async Task EndAsync(HeldChange change, CancellationToken budget)
    {
        var kind = Kinds.Single(kind => kind.Plural == change.Engine);
        while (await client.FindAsync(kind, change.Space, change.Name, budget) is { } seen && EngineObject.IsOf(seen, change.Injection))
        {
            await (kind == LitmusEngine.Engines ? LitmusEnd.StepAsync(client, seen, state => MustNotBeLostAsync(change, state, budget), budget) : ChaosMeshDriver.StepAsync(client, kind, seen, budget));
            await Task.Delay(Pause, clock, budget);
        }
    }

    // No journal knows of it here: while its engine is there it is listed, and stays residue until the pod is gone, and the rules with it.
    private async Task MustNotBeLostAsync(HeldChange change, LitmusState state, CancellationToken budget)
    {
        var (kind, space, name) = KeptSweep.Parts(change.Target);
        if (LitmusFaults.Find(change.Fault) is not { Proof: LitmusProof.Reverted } fault || state.StateOf(TargetId.Text(kind), name) != "injected")
        {
            return;
        }

        var pod = await client.FindAsync(Resource.Pods, space, name, budget);
        if (pod is not null && string.CompareOrdinal(pod.Text("metadata", "creationTimestamp"), state.Engine.Text("metadata", "creationTimestamp")) <= 0)
        {
            throw new CraterException("CRT8221", $"Litmus has ended {change.Name}, and its helper went before it took the fault off; nobody else will. Delete the pod {space}/{name}: {fault.Unseen} goes with it.");
        }
    }

    /// <summary>Deletes records of faults that were over long ago.</summary>
    public async Task TidyAsync(CancellationToken budget)
    {
        var kind = LitmusEngine.Results;
        if (await IsServedAsync(kind, budget))
        {
            var now = await client.ServerNowAsync(budget);
            foreach (var record in (await ObjectsAsync(kind, $"{EngineObject.EndedLabel}=true", budget)).Items)
            {
                if (!DateTimeOffset.TryParse(record.Annotation(EngineObject.EndedKey), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var ended) || now - ended < RecordsFor)
                {
                    continue;
                }

                try
                {
                    await client.DeleteAsync(kind, record.Namespace(), record.Name(), new DeleteRequest { Uid = record.Uid(), ResourceVersion = record.ResourceVersion() }, budget);
                }
                catch (KubernetesException e) when (e.IsNotFound || e.IsConflict || e.IsForbidden)
                {
                    // Somebody else was there first, or it is not ours to delete.
                }
            }
        }
    }

    private async Task<bool> IsServedAsync(Resource kind, CancellationToken abort) => await _catalogue.FindAsync(kind.Group, kind.Version, kind.Plural, abort) is not null;

    private async Task<WideList> ObjectsAsync(Resource kind, string labels, CancellationToken abort)
    {
        try
        {
            return await WideList.OfAsync(client, kind, spaces, new ListQuery { LabelSelector = labels }, abort);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return new WideList([], []);      // its definition was taken away since the cluster was asked what it serves
        }
    }
}
