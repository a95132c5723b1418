using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>The object as it was when the injection was prepared. Goes through the journal as the undo reference.</summary>
internal sealed record Prepared(string Uid, string Version)
{
    public static Prepared Of(JsonObject seen) => new(seen.Uid(), seen.ResourceVersion());

    public string Text => $"uid={Uid} version={Version}";

    public static Prepared Parse(string text)
    {
        var parts = text.Split(' ').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1]);
        return new Prepared(parts.GetValueOrDefault("uid", ""), parts.GetValueOrDefault("version", ""));
    }
}

/// <summary>
/// Changes one API object under a <see cref="Mark"/> and puts it back.
///
/// Why a late inject cannot do harm: the change is conditional on a resourceVersion, and recovery always leaves the object with a newer one:
/// either the restoration itself makes it, or, when the fault never took hold, an annotation is put on and taken off again. So the version is
/// the tombstone, and nothing is left behind on the object. See docs/decisions/0004-changes-of-api-objects.md.
/// </summary>
internal sealed class MarkedObject(KubernetesClient client, Resource resource, string space, string name)
{
    /// <summary>Tries against others who change the object at the same time. Each conflict means that somebody else succeeded.</summary>
    private const int ConflictsMax = 20;

    private string What => $"{resource.Kind} '{name}'";

    /// <summary>Makes the change and the mark in one update. Doing it twice is doing it once.</summary>
    /// <param name="undoOf">Reads the undo data again: an object in which more than its status moved is not the one that was prepared.</param>
    /// <param name="isLive">Whether this process prepared the injection and has not begun to recover it; only then a newer version may be tried.</param>
    public async Task PutAsync(
        Prepared prepared, Mark mark, Func<JsonObject, Undo> undoOf, JsonObject change, PatchForm form, Func<bool> isLive, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var seen = await client.FindAsync(resource, space, name, abort);
            var found = seen is null ? null : Mark.Of(seen);
            if (found?.Injection == mark.Injection)
            {
                return;
            }

            var isPrepared = seen is not null && found is null && seen.Uid() == prepared.Uid && undoOf(seen).Hash == mark.Undo.Hash;
            if (!isPrepared || (seen.ResourceVersion() != prepared.Version && !isLive()))
            {
                throw Late(null);
            }

            try
            {
                await client.PatchAsync(resource, space, name, form, Patch(seen.ResourceVersion(), mark.Annotations(), change), null, abort);
                return;
            }
            catch (KubernetesException e) when (e.IsConflict)
            {
                if (attempt >= ConflictsMax || !isLive())
                {
                    throw Late(e);
                }
            }
        }
    }

    /// <summary>Moves the deadline.</summary>
    /// <exception cref="CraterException">CRT3112: the object no longer carries this injection.</exception>
    public Task RenewAsync(string injection, DateTimeOffset deadline, CancellationToken abort) => UntilNoConflictAsync(async () =>
    {
        var seen = await client.FindAsync(resource, space, name, abort);
        if (seen is null || Mark.Of(seen)?.Injection != injection)
        {
            throw new CraterException("CRT3112", $"{What} no longer carries the injection {injection}: it was recovered, replaced or deleted in between. Its lease cannot be renewed.");
        }

        var annotations = new JsonObject { [Mark.DeadlineKey] = Mark.DeadlineText(deadline) };
        await client.PatchAsync(resource, space, name, PatchForm.Merge, Patch(seen.ResourceVersion(), annotations, change: null), null, abort);
    });

    /// <summary>Puts the object back from what stands on it, or makes sure that a late inject finds another version.</summary>
    /// <param name="prepared">Null when nobody prepared anything here (a sweep).</param>
    /// <param name="undoHash">What the journal knows of the undo data; empty for a sweep.</param>
    /// <returns>Whether there was something to put back.</returns>
    public async Task<bool> TakeOffAsync(string injection, Prepared? prepared, string undoHash, CancellationToken budget)
    {
        var wasThere = false;
        await UntilNoConflictAsync(async () =>
        {
            var seen = await client.FindAsync(resource, space, name, budget);
            if (seen is null || (prepared is not null && seen.Uid() != prepared.Uid))
            {
                return;
            }

            if (Mark.Of(seen) is not { } mark || mark.Injection != injection)
            {
                await MoveVersionAsync(seen, prepared, injection, budget);
                return;
            }

            if (undoHash.Length > 0 && mark.Undo.Hash != undoHash)
            {
                throw new CraterException("CRT3110",
                    $"The undo data on {What} is not what was written there: the journal knows another hash. Restore it by hand and remove its crater.dev annotations.");
            }

            wasThere = true;
            var patch = Patch(seen.ResourceVersion(), Mark.NoAnnotations(), mark.Undo.Restoration());
            await client.PatchAsync(resource, space, name, mark.Undo.Form, patch, null, budget);
        });
        return wasThere;
    }

    /// <summary>Is the change there? Unknown when the cluster does not answer.</summary>
    public async Task<(Presence Presence, JsonObject? Seen, string Evidence)> LookAsync(string injection, Prepared prepared, CancellationToken budget)
    {
        var seen = await client.FindAsync(resource, space, name, budget);
        return seen switch
        {
            null => (Presence.Absent, null, $"{What} is gone"),
            _ when seen.Uid() != prepared.Uid => (Presence.Absent, seen, $"{What} is another one of the same name"),
            _ when seen.Annotation(Mark.InjectionKey) == injection => (Presence.Present, seen, $"{What} carries the injection {injection}"),
            _ => (Presence.Absent, seen, $"{What} carries no mark of {injection}"),
        };
    }

    /// <summary>The tombstone: an inject that is still under way was written for a version that this makes old.</summary>
    private async Task MoveVersionAsync(JsonObject seen, Prepared? prepared, string injection, CancellationToken budget)
    {
        var isHalfDone = seen.Annotation(Mark.TombstoneKey) == injection;
        if (!isHalfDone && (prepared is null || seen.IsTerminating()))
        {
            return;
        }

        if (!isHalfDone)
        {
            var on = new JsonObject { [Mark.TombstoneKey] = injection };
            seen = await client.PatchAsync(resource, space, name, PatchForm.Merge, Patch(seen.ResourceVersion(), on, change: null), null, budget);
        }

        var off = new JsonObject { [Mark.TombstoneKey] = null };
        await client.PatchAsync(resource, space, name, PatchForm.Merge, Patch(seen.ResourceVersion(), off, change: null), null, budget);
    }

    private static JsonObject Patch(string version, JsonObject annotations, JsonObject? change)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version, ["annotations"] = annotations } };
        if (change is not null)
        {
            patch["spec"] = change;
        }

        return patch;
    }

    private static async Task UntilNoConflictAsync(Func<Task> step)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await step();
                return;
            }
            catch (KubernetesException e) when (e.IsConflict && attempt < ConflictsMax)
            {
                // Somebody else changed the object between our look and our update; look again.
            }
        }
    }

    private CraterException Late(Exception? inner) => new("CRT3104",
        $"{What} was changed, replaced, deleted or recovered since the injection was prepared, so nothing was injected. Run the experiment again.", inner);
}
