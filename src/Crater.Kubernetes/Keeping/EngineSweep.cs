using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;

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

    /// <summary>Everything that engines hold for us now. A cluster without them has none.</summary>
    public async Task<IReadOnlyList<(Resource Kind, JsonObject Found)>> ListAsync(CancellationToken abort)
    {
        List<(Resource, JsonObject)> held = [];
        foreach (var kind in await ServedAsync(Kinds, abort))
        {
            held.AddRange((await ObjectsAsync(kind, $"{Mark.HeldLabel}=true", abort)).Select(found => (kind, found)));
        }

        return held;
    }

    /// <summary>Ends it, and returns when nothing of it is left.</summary>
    /// <exception cref="OperationCanceledException">It did not end within the budget; the next sweep goes on.</exception>
    public async Task EndAsync(HeldChange change, CancellationToken budget)
    {
        var kind = Kinds.Single(kind => kind.Plural == change.Engine);
        while (await client.FindAsync(kind, change.Space, change.Name, budget) is { } seen && EngineObject.IsOf(seen, change.Injection))
        {
            await (kind == LitmusEngine.Engines ? LitmusEnd.StepAsync(client, seen, budget) : ChaosMeshDriver.StepAsync(client, kind, seen, budget));
            await Task.Delay(Pause, clock, budget);
        }
    }

    /// <summary>Deletes records of faults that were over long ago.</summary>
    public async Task TidyAsync(CancellationToken budget)
    {
        foreach (var kind in await ServedAsync([LitmusEngine.Results], budget))
        {
            var now = await client.ServerNowAsync(budget);
            foreach (var record in await ObjectsAsync(kind, $"{EngineObject.EndedLabel}=true", budget))
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

    private async Task<IReadOnlyList<Resource>> ServedAsync(IEnumerable<Resource> kinds, CancellationToken abort)
    {
        List<Resource> served = [];
        foreach (var kind in kinds)
        {
            if (await _catalogue.FindAsync(kind.Group, kind.Version, kind.Plural, abort) is not null)
            {
                served.Add(kind);
            }
        }

        return served;
    }

    // What may not be listed is for others to see to: who may not list it has hardly made one.
    private async Task<IReadOnlyList<JsonObject>> ObjectsAsync(Resource kind, string labels, CancellationToken abort)
    {
        try
        {
            return (await WideList.OfAsync(client, kind, spaces, new ListQuery { LabelSelector = labels }, abort)).Items;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];      // its definition was taken away since the cluster was asked what it serves
        }
    }
}
