using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;

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

/// <summary>What one injection changes of its object, read from the object as it is.</summary>
/// <param name="Undo">What stands on the object.</param>
/// <param name="Changes">What is changed.</param>
internal sealed record Wanted(Undo Undo, IReadOnlyList<FieldChange> Changes);

/// <summary>
/// Changes fields of one API object under a <see cref="Mark"/> and puts exactly these back.
///
/// Why a late inject cannot do harm: the change is conditional on a resourceVersion, and recovery always leaves the object with a newer one:
/// either the restoration itself makes it, or, when the fault never took hold, an annotation is put on and taken off again. So the version is
/// the tombstone, and nothing is left behind on the object. See docs/decisions/0004-changes-of-api-objects.md.
///
/// Why nobody else's work is lost: every update names the version that was read, so what others wrote in between is read again first; and a field
/// in which somebody else has put something else meanwhile is left as it is, with the mark, and is residue.
/// </summary>
internal sealed class MarkedObject(KubernetesClient client, Resource resource, string space, string name)
{
    /// <summary>Tries against others who change the object at the same time. Each conflict means that somebody else succeeded.</summary>
    private const int ConflictsMax = 20;

    private string What => $"{resource.Kind} '{name}'";

    /// <summary>Makes the change and the mark in one update. Doing it twice is doing it once.</summary>
    /// <param name="known">The object as it was last seen; looked at again when it is no longer so.</param>
    /// <param name="wantedOf">Reads again what is to be changed: an object in which that moved is not the one that was prepared.</param>
    /// <param name="undoHash">Of the undo data at preparation.</param>
    /// <param name="isLive">Whether this process prepared the injection and has not begun to recover it; only then a newer version may be tried.</param>
    public async Task PutAsync(
        JsonObject known, Prepared prepared, Mark mark, Func<JsonObject, Wanted> wantedOf, string undoHash, Func<bool> isLive, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var seen = attempt == 1 ? known : await client.FindAsync(resource, space, name, abort);
            var found = seen is null ? null : Mark.Of(seen);
            if (found?.Injection == mark.Injection)
            {
                return;
            }

            if (seen is null || seen.IsTerminating() || found is not null || seen.Uid() != prepared.Uid || (seen.ResourceVersion() != prepared.Version && !isLive()))
            {
                throw Late(null);
            }

            var wanted = wantedOf(seen);
            if (wanted.Undo.Hash != undoHash)
            {
                throw Late(null);
            }

            try
            {
                var changed = (JsonObject)seen.DeepClone();
                foreach (var change in wanted.Changes)
                {
                    change.Do(changed);
                }

                var put = mark with { Undo = wanted.Undo };
                put.PutOn(changed);
                if (!put.IsOn(await client.PatchAsync(resource, space, name, PatchForm.Merge, MergePatch.Guarded(seen, changed), null, abort)))
                {
                    await TakeBackAsync(prepared, wanted.Changes);
                    throw new CraterException("CRT3116",
                        $"{What} does not bear what was written on it: a webhook or a policy took annotations or labels of crater.dev/ off, and without them nobody else could undo the change. What stood there as it was written was put back at once. Let them pass, or choose another target.");
                }

                return;
            }
            catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
            {
                if (attempt >= ConflictsMax || !isLive())
                {
                    throw Late(e);
                }
            }
        }
    }

    /// <summary>Moves the deadline, where that is due.</summary>
    /// <exception cref="CraterException">CRT3112: the object no longer carries this injection.</exception>
    public Task RenewAsync(string injection, Tenure tenure, CancellationToken abort) => UntilNoConflictAsync(async () =>
    {
        var seen = await client.FindAsync(resource, space, name, abort);
        if (seen is null || Mark.Of(seen) is not { } mark || mark.Injection != injection)
        {
            throw new CraterException("CRT3112", $"{What} no longer carries the injection {injection}: it was recovered, replaced or deleted in between. Its lease cannot be renewed.");
        }

        var now = await client.ServerNowAsync(abort);
        if (tenure.IsDue(mark.Deadline, now))
        {
            await AnnotateAsync(seen, Mark.DeadlineKey, Mark.DeadlineText(tenure.DeadlineFrom(now)), abort);
        }
    });

    /// <summary>Puts the object back from what stands on it, or makes sure that a late inject finds another version.</summary>
    /// <param name="prepared">Null when nobody prepared anything here (a sweep).</param>
    /// <param name="undoHash">What the journal knows of the undo data; empty for a sweep.</param>
    /// <exception cref="CraterException">CRT3110, CRT8084: the undo data is not what was written. CRT8081: somebody else wrote into a changed field.</exception>
    public async Task TakeOffAsync(string injection, Prepared? prepared, string undoHash, CancellationToken budget)
    {
        JsonObject? seen = null;
        await UntilNoConflictAsync(async () =>
        {
            seen = await client.FindAsync(resource, space, name, budget);
            if (seen is not null && (prepared is null || seen.Uid() == prepared.Uid))
            {
                await TakeOffAsync(seen, injection, prepared, undoHash, budget);
            }
        });
        if (seen is not null && resource == Resource.Deployments)
        {
            await CopiedMarks.DropAsync(client, seen, injection, budget);
        }
    }

    /// <summary>
    /// Puts back what an injection made of an object that has lost its mark, from undo data beside it: nobody else knows of that change. A field in which something else stands is not touched.
    /// </summary>
    /// <returns>False when the object bears the mark, by which it is put back.</returns>
    public async Task<bool> RestoreUnmarkedAsync(string injection, KeptData kept, CancellationToken budget)
    {
        var isUnmarked = true;
        await UntilNoConflictAsync(async () =>
        {
            var seen = await client.FindAsync(resource, space, name, budget);
            isUnmarked = seen.Annotation(Mark.InjectionKey) != injection;
            if (seen is not null && isUnmarked && await LeftAsync(injection, kept, seen, budget) is { Count: > 0 } left)
            {
                var changed = (JsonObject)seen.DeepClone();
                left.ToList().ForEach(field => field.Undo(changed));
                await client.PatchAsync(resource, space, name, PatchForm.Merge, MergePatch.Guarded(seen, changed), null, budget);
            }
        });
        return isUnmarked;
    }

    /// <summary>Fields of an object without a mark that are still as the injection made them, by the undo data beside it; none where there is no such data.</summary>
    public static async Task<IReadOnlyList<FieldChange>> LeftAsync(string injection, KeptData kept, JsonObject seen, CancellationToken budget) =>
        await kept.FindAsync(injection, budget) is { } secret && Mark.Of(secret) is { } mark && Prepared.Parse(mark.Undo.Version).Uid == seen.Uid()
            ? [.. Undo.Parse(kept.Read(secret, injection).ToJsonString()).Fields().Where(field => field.IsDone(seen))]
            : [];

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
    public async Task MoveVersionAsync(JsonObject seen, Prepared? prepared, string injection, CancellationToken budget)
    {
        var isHalfDone = seen.Annotation(Mark.TombstoneKey) == injection;
        if (!isHalfDone && (prepared is null || seen.IsTerminating()))
        {
            return;
        }

        if (!isHalfDone)
        {
            seen = await AnnotateAsync(seen, Mark.TombstoneKey, injection, budget);
        }

        await AnnotateAsync(seen, Mark.TombstoneKey, null, budget);
    }

    /// <summary>Tries a step again as long as somebody else is faster.</summary>
    public static async Task UntilNoConflictAsync(Func<Task> step)
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

    private async Task TakeOffAsync(JsonObject seen, string injection, Prepared? prepared, string undoHash, CancellationToken budget)
    {
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

        await RestoreAsync(seen, mark, budget);
    }

    private async Task RestoreAsync(JsonObject seen, Mark mark, CancellationToken budget)
    {
        var kept = mark.Undo.KeptIn.Length > 0 ? new KeptData(client, space) : null;
        var fields = kept is null ? mark.Undo.Fields() : Undo.Parse((await kept.ReadAsync(mark.Injection, budget)).ToJsonString()).Fields();
        var changed = (JsonObject)seen.DeepClone();
        var conflicts = fields.Where(field => !field.Undo(changed)).Select(field => field.At.ToString()).ToList();
        if (conflicts.Count == 0)
        {
            Mark.TakeOff(changed);
        }

        var put = JsonNode.DeepEquals(seen, changed) ? seen : await client.PatchAsync(resource, space, name, PatchForm.Merge, MergePatch.Guarded(seen, changed), null, budget);
        if (conflicts.Count == 0 && fields.Where(field => !field.IsUndone(put)).Select(field => field.At.ToString()).ToList() is { Count: > 0 } mutated)
        {
            // With the mark what was before would be gone, too, and nobody would look again.
            var again = (JsonObject)put.DeepClone();
            mark.PutOn(again);
            await client.PatchAsync(resource, space, name, PatchForm.Merge, MergePatch.Guarded(put, again), null, budget);
            throw new CraterException("CRT8093",
                $"{What} could not be put back in {string.Join(", ", mutated)}: what was written there was changed on its way, as a mutating webhook does. Its undo data stands on it still; see to the webhook, and the next recovery goes on.");
        }

        if (conflicts.Count > 0)
        {
            throw new CraterException("CRT8081",
                $"{What} is put back but for {string.Join(", ", conflicts)}: while {mark.Undo.Fault} was in place somebody else wrote something else there, which is not overwritten. "
                + $"What was there before stands in the annotation {Mark.UndoKey}{(kept is null ? "" : $" and the Secret '{mark.Undo.KeptIn}'")}; put it back or not, and remove the crater.dev annotations.");
        }

        if (kept is not null)
        {
            await kept.DropAsync(mark.Injection, budget);
        }
    }

    // Nobody may cancel it: there is nothing from which another could do it.
    private Task TakeBackAsync(Prepared prepared, IReadOnlyList<FieldChange> changes) => UntilNoConflictAsync(async () =>
    {
        if (await client.FindAsync(resource, space, name, CancellationToken.None) is { } seen && seen.Uid() == prepared.Uid)
        {
            var changed = (JsonObject)seen.DeepClone();
            changes.Where(field => field.IsDone(seen)).ToList().ForEach(field => field.Undo(changed));
            Mark.TakeOff(changed);
            await client.PatchAsync(resource, space, name, PatchForm.Merge, MergePatch.Guarded(seen, changed), null, CancellationToken.None);
        }
    });

    private Task<JsonObject> AnnotateAsync(JsonObject seen, string key, string? value, CancellationToken abort)
    {
        var metadata = new JsonObject { ["resourceVersion"] = seen.ResourceVersion(), ["annotations"] = new JsonObject { [key] = value } };
        return client.PatchAsync(resource, space, name, PatchForm.Merge, new JsonObject { ["metadata"] = metadata }, null, abort);
    }

    private CraterException Late(Exception? inner) => new("CRT3104",
        $"{What} was changed, replaced, deleted or recovered since the injection was prepared, so nothing was injected. Run the experiment again.", inner);
}
