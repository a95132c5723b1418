using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// What all faults share that change fields of one object under a mark: only which fields and what of the object's surroundings is compared differs.
/// Fingerprint, unless a fault has its own: the owner of a pod, each changed field, and how many pods of the watched workload are ready, e.g.
/// <c>owner=deployment/shop/carts metadata.labels.app=carts ready=2/2</c>.
/// </summary>
internal abstract class MarkedFault(KubernetesClient client, TimeProvider clock, params TargetKind[] kinds) : IApiFault
{
    /// <summary>Objects as they were prepared, by injection: the change is made on that version at once, and only a conflict makes it look again.</summary>
    private readonly ConcurrentDictionary<string, JsonObject> _prepared = new();

    /// <summary>Injections whose one write the server refused for want of a right: an answer, so nothing of them is still on its way.</summary>
    private readonly ConcurrentDictionary<string, bool> _refused = new();

    /// <summary>Longer values stand in fingerprints as their hash.</summary>
    private const int ShownMax = 60;

    public abstract string Name { get; }

    public IReadOnlyList<TargetKind> TargetKinds => kinds;

    protected KubernetesClient Client => client;

    protected TimeProvider Clock => clock;

    /// <summary>What it changes may be a secret: undo data goes into a Secret, and no value anywhere else.</summary>
    protected virtual bool IsPrivate => false;

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var resource = ResourceOf(injection);
        var seen = Look.Unmarked(await Look.AtAsync(client, resource, injection.Target, abort), injection);
        await CheckAsync(injection, seen, abort);
        if (WantedOf(injection, seen).Changes.Count == 0)
        {
            throw new CraterException("CRT8082",
                $"{injection.Fault} would change nothing of '{injection.Target.Id}': it is so already. Choose another target or other arguments.");
        }

        var before = await BeforeAsync(injection, seen, abort);

        // While the owner settled, the object's status changed with it; the version to act on is the newest with the same undo data.
        var newest = Look.Unmarked(await Look.AtAsync(client, resource, injection.Target, abort), injection);
        var hash = WantedOf(injection, seen).Undo.Hash;
        var acted = WantedOf(injection, newest).Undo.Hash == hash ? newest : seen;
        _prepared[injection.Id] = acted;
        return new Preparation { Before = before, UndoId = Prepared.Of(acted).Text, UndoHash = hash };
    }

    public virtual async Task<string> InjectAsync(
        Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort)
    {
        var seen = _prepared.TryRemove(injection.Id, out var prepared) ? prepared : await Look.AtAsync(client, ResourceOf(injection), injection.Target, abort);
        if (Mark.Of(seen)?.Injection != injection.Id)
        {
            var wanted = WantedOf(injection, seen);
            if (wanted.Undo.Hash != preparation.UndoHash)
            {
                throw new CraterException("CRT3104",
                    $"'{injection.Target.Id}' was changed since the injection was prepared, so nothing was injected. Run the experiment again.");
            }

            var mark = await tenure.MarkAsync(client, injection, wanted.Undo, abort);
            if (IsPrivate)
            {
                var data = JsonNode.Parse(Undo.Of(Name, wanted.Changes).Text)!;
                await Kept(injection).PutAsync(mark, injection.Target.Id.Value, data, isHeld: false, abort);
            }

            try
            {
                await Marked(injection).PutAsync(
                    seen, Prepared.Parse(preparation.UndoId), mark, found => WantedOf(injection, found), preparation.UndoHash, isLive, abort);
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                _refused[injection.Id] = true;
                throw;
            }
        }

        return Mechanism(injection);
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, Tenure tenure, CancellationToken abort) =>
        await Marked(injection).RenewAsync(injection.Id, tenure, abort);

    public async Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        _prepared.TryRemove(injection.Id, out _);
        // Who may not write it cannot leave a tombstone on it either, and need not: that would be residue of what never was.
        var prepared = _refused.ContainsKey(injection.Id) ? null : Prepared.Parse(preparation.UndoId);
        await Marked(injection).TakeOffAsync(injection.Id, prepared, preparation.UndoHash, budget);
        if (IsPrivate)
        {
            // Nothing is marked any more: what was written before an update that never came is of no use, unless the mark went and the change stayed.
            await Marked(injection).RestoreUnmarkedAsync(injection.Id, Kept(injection), budget);
            await Kept(injection).DropAsync(injection.Id, budget);
        }
    }

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var (presence, seen, evidence) = await Marked(injection).LookAsync(injection.Id, Prepared.Parse(preparation.UndoId), budget);
        if (IsPrivate && presence == Presence.Absent && seen is not null && (await MarkedObject.LeftAsync(injection.Id, Kept(injection), seen, budget)).Count > 0)
        {
            // No value is in the fingerprint, so that by it alone the object would be as before.
            (presence, evidence) = (Presence.Present, $"{evidence}, and is as the fault made it");
        }

        var now = await NowAsync(injection, preparation.Before, seen, budget);
        return new Inspection(presence, now, now is null ? evidence : $"{evidence}; {now.Text}");
    }

    /// <summary>The fields that the fault is about, and what it makes of each; null takes it away. The places depend on the arguments, not on what stands there.</summary>
    protected abstract IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen);

    protected abstract string Mechanism(Injection injection);

    /// <exception cref="CraterException">This target must not be hit.</exception>
    protected virtual Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort) => Task.CompletedTask;

    /// <summary>The workload whose ready pods belong to "as it was"; null for none.</summary>
    protected virtual Task<Workload?> WatchedAsync(Injection injection, JsonObject seen, CancellationToken abort) => Task.FromResult<Workload?>(null);

    /// <summary>The changed fields as they are, without white space in a value.</summary>
    protected virtual string FieldsText(Injection injection, JsonObject seen) =>
        string.Join(' ', Aims(injection, seen).Select(aim => $"{aim.At}={Shown(aim.At.Read(seen))}"));

    /// <summary>The fingerprint before.</summary>
    protected virtual async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var fields = FieldsText(injection, seen);
        if (await WatchedAsync(injection, seen, abort) is not { } watched)
        {
            return new Fingerprint(fields);
        }

        var owner = watched.Uid == seen.Uid() ? "" : $"owner={watched.Id} ";
        return await Settled.WaitAsync(clock, async () =>
        {
            var state = await watched.StateAsync(client, abort);
            return (new Fingerprint($"{owner}{fields} ready={state.Ready}"), state.IsSettled);
        }, abort);
    }

    /// <summary>The fingerprint now; null when there is nothing left to read.</summary>
    /// <param name="seen">The object now; null when it is gone.</param>
    protected virtual async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget)
    {
        var parts = before.Text.Split(' ');
        var owner = parts[0].Split('=', 2) is ["owner", var id] ? Workload.Parse(id) : null;
        if (seen is null && owner is null)
        {
            return null;
        }

        // What stood in the fields of a pod went with it; its owner is what can still be as it was.
        var fields = seen is null ? string.Join(' ', parts[1..^1]) : FieldsText(injection, seen);
        var watched = owner ?? await WatchedAsync(injection, seen!, budget);
        return new Fingerprint(watched is null
            ? fields
            : $"{(owner is null ? "" : $"owner={owner.Id} ")}{fields} ready={(await watched.StateAsync(client, budget)).Ready}");
    }

    protected MarkedObject Marked(Injection injection) => new(client, ResourceOf(injection), injection.Target.Namespace, injection.Target.Name);

    /// <summary>The workload itself, for faults of workloads.</summary>
    protected static Workload Own(JsonObject seen, Injection injection)
    {
        var resource = KubernetesTargets.ResourceOf(injection.Target.Kind);
        return new Workload(resource, resource.Kind, seen.Namespace(), seen.Name(), seen.Uid());
    }

    private string Shown(JsonNode? value)
    {
        if (value is null || IsPrivate)
        {
            return value is null ? "none" : "set";
        }

        var text = value is JsonValue ? value.Text() : value.ToJsonString();
        return text.Length is > 0 and <= ShownMax && !text.Any(char.IsWhiteSpace) ? text : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }

    private Wanted WantedOf(Injection injection, JsonObject seen)
    {
        List<FieldChange> changes = [.. Aims(injection, seen).Select(aim => FieldChange.To(seen, aim.At, aim.During)).Where(change => !change.ChangesNothing)];
        var undo = IsPrivate ? Undo.Elsewhere(Name, KeptData.NameOf(injection.Id), Prepared.Of(seen).Text) : Undo.Of(Name, changes);
        return new Wanted(undo, changes);
    }

    private KeptData Kept(Injection injection) => new(client, injection.Target.Namespace);

    private static Resource ResourceOf(Injection injection) => KubernetesTargets.ResourceOf(injection.Target.Kind);
}
