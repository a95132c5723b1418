using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// A whole object that is deleted for a time: its manifest and the mark are kept in a Secret beside it. What comes back has the name, labels,
/// annotations and spec of what was deleted; its uid, its status and its children are new.
/// </summary>
internal sealed class KeptObject(KubernetesClient client, Resource resource, string space, string name)
{
    /// <summary>Tries against others who delete and make the object at the same time.</summary>
    private const int TriesMax = 20;

    private readonly KeptData _kept = new(client, space);

    private string What => $"{resource.Kind} '{name}'";

    /// <summary>Keeps the manifest, then deletes. Doing it twice is doing it once.</summary>
    /// <param name="hash">Of the manifest at preparation.</param>
    public async Task DeleteAsync(Prepared prepared, Mark mark, TargetId target, string hash, Func<bool> isLive, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var seen = await client.FindAsync(resource, space, name, abort);
            if (seen?.Uid() != prepared.Uid || seen.IsTerminating())
            {
                // A doubled request finds it gone already; without undo data it was somebody else who deleted it.
                _ = await _kept.FindAsync(mark.Injection, abort) ?? throw Late(null);
                return;
            }

            if (attempt > TriesMax || Manifest.Hash(seen) != hash || (seen.ResourceVersion() != prepared.Version && !isLive()))
            {
                throw Late(null);
            }

            await _kept.PutAsync(mark, target.Value, Manifest.Of(seen), isHeld: true, abort);
            try
            {
                var request = new DeleteRequest { Uid = prepared.Uid, ResourceVersion = seen.ResourceVersion(), Propagation = "Background" };
                await client.DeleteAsync(resource, space, name, request, abort);
                return;
            }
            catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
            {
                if (!isLive())
                {
                    throw Late(e);
                }
            }
        }
    }

    /// <summary>Makes the object again, or makes sure that a deletion which is still on its way misses it. Safe to repeat.</summary>
    /// <param name="prepared">Null when nobody prepared anything here (a sweep).</param>
    /// <exception cref="CraterException">CRT8081: somebody else has made another one. CRT8087: the old one is not gone yet.</exception>
    public async Task RestoreAsync(string injection, Prepared? prepared, CancellationToken budget)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryRestoreAsync(injection, prepared, budget);
                return;
            }
            catch (KubernetesException e) when ((e.IsConflict || e.AlreadyExists || e.IsNotFound) && attempt < TriesMax)
            {
                // Somebody else changed, made or deleted it between our look and our act; look again.
            }
        }
    }

    private async Task TryRestoreAsync(string injection, Prepared? prepared, CancellationToken budget)
    {
        var kept = await _kept.FindAsync(injection, budget);
        var origin = kept is null ? prepared : Prepared.Parse(Mark.Of(kept)?.Undo.Version ?? "");
        var seen = await client.FindAsync(resource, space, name, budget);
        if (seen is not null && seen.Uid() == origin?.Uid)
        {
            if (seen.IsTerminating())
            {
                throw new CraterException("CRT8087",
                    $"{What} is still being deleted (finalizers: {string.Join(", ", seen.Texts("metadata", "finalizers"))}) and cannot be made again before it is gone. See to its finalizers; the next recovery goes on.");
            }

            await new MarkedObject(client, resource, space, name).MoveVersionAsync(seen, origin, injection, budget);
        }
        else if (kept is not null)
        {
            var manifest = _kept.Read(kept, injection).AsObject();
            seen ??= await client.CreateAsync(resource, space, manifest, budget);
            if (Manifest.Hash(seen) != Manifest.Hash(manifest))
            {
                throw new CraterException("CRT8081",
                    $"While {What} was deleted somebody else made another one of that name, which is not overwritten. "
                    + $"What it was stands in the Secret '{space}/{KeptData.NameOf(injection)}'; make it so again or not, and delete that Secret.");
            }
        }

        if (kept is not null)
        {
            await _kept.DropAsync(injection, budget);
        }
    }

    private CraterException Late(Exception? inner) => new("CRT3104",
        $"{What} was changed, replaced, deleted or recovered since the injection was prepared, so it was not deleted. Run the experiment again.", inner);
}
