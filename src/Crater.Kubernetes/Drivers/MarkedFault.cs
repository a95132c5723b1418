using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>What all faults share that change one object under a mark: only what they read and what they change differs.</summary>
internal abstract class MarkedFault(KubernetesClient client, Resource resource) : IApiFault
{
    public abstract string Name { get; }

    public abstract TargetKind TargetKind { get; }

    protected KubernetesClient Client => client;

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var seen = Look.Unmarked(await Look.AtAsync(client, resource, injection.Target, abort), injection);
        var before = await BeforeAsync(injection, seen, abort);

        // While the owner settled, the object's status changed with it; the version to act on is the newest with the same undo data.
        var newest = Look.Unmarked(await Look.AtAsync(client, resource, injection.Target, abort), injection);
        var acted = UndoOf(newest).Hash == UndoOf(seen).Hash ? newest : seen;
        return new Preparation { Before = before, UndoId = Prepared.Of(acted).Text, UndoHash = UndoOf(seen).Hash };
    }

    public virtual async Task<string> InjectAsync(
        Injection injection, Preparation preparation, TimeSpan lease, Func<bool> isLive, CancellationToken abort)
    {
        var seen = await Look.AtAsync(client, resource, injection.Target, abort);
        var mark = Mark.Of(seen) is { } own && own.Injection == injection.Id
            ? own
            : Mark.For(injection, UndoOf(seen), await Look.DeadlineAsync(client, lease, abort));
        if (mark.Undo.Hash != preparation.UndoHash)
        {
            throw new CraterException("CRT3104",
                $"'{injection.Target.Id}' was changed since the injection was prepared, so nothing was injected. Run the experiment again.");
        }

        var (change, form) = Change(injection, seen);
        await Marked(injection).PutAsync(Prepared.Parse(preparation.UndoId), mark, UndoOf, change, form, isLive, abort);
        return Mechanism(injection);
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        await Marked(injection).RenewAsync(injection.Id, await Look.DeadlineAsync(client, lease, abort), abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        Marked(injection).TakeOffAsync(injection.Id, Prepared.Parse(preparation.UndoId), preparation.UndoHash, budget);

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var (presence, seen, evidence) = await Marked(injection).LookAsync(injection.Id, Prepared.Parse(preparation.UndoId), budget);
        var now = await NowAsync(injection, preparation.Before, seen, budget);
        return new Inspection(presence, now, now is null ? evidence : $"{evidence}; {now.Text}");
    }

    /// <summary>The fingerprint before, or an exception with a code when this target must not be hit.</summary>
    protected abstract Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort);

    /// <summary>The fingerprint now; null when there is nothing left to read.</summary>
    /// <param name="seen">The object now; null when it is gone.</param>
    protected abstract Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget);

    protected abstract Undo UndoOf(JsonObject seen);

    /// <summary>What is merged into <c>spec</c>.</summary>
    protected abstract (JsonObject Change, PatchForm Form) Change(Injection injection, JsonObject seen);

    protected abstract string Mechanism(Injection injection);

    protected MarkedObject Marked(Injection injection) => new(client, resource, injection.Target.Namespace, injection.Target.Name);
}
