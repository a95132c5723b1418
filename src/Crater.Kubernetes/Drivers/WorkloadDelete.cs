using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Deletes a workload with its pods, and makes it again. Fingerprint: <c>manifest=1f0c… ready=3/3</c>; a job has no ready count.</summary>
internal sealed class WorkloadDelete(KubernetesClient client, TimeProvider clock, TargetKind kind) : IApiFault
{
    private readonly Resource _resource = KubernetesTargets.ResourceOf(kind);

    public string Name { get; } = $"{TargetId.Text(kind)}-delete";

    public IReadOnlyList<TargetKind> TargetKinds { get; } = [kind];

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var seen = Look.Unmarked(await Look.AtAsync(client, _resource, injection.Target, abort), injection);
        Check(injection, seen);
        var before = await Settled.WaitAsync(clock, () => ReadAsync(seen, abort), abort);
        seen = Look.Unmarked(await Look.AtAsync(client, _resource, injection.Target, abort), injection);
        return new Preparation { Before = before, UndoId = Prepared.Of(seen).Text, UndoHash = Manifest.Hash(seen) };
    }

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, Tenure tenure, Func<bool> isLive, CancellationToken abort)
    {
        var undo = Undo.Elsewhere(Name, KeptData.NameOf(injection.Id), preparation.UndoId);
        var mark = await tenure.MarkAsync(client, injection, undo, abort);
        await Kept(injection).DeleteAsync(Prepared.Parse(preparation.UndoId), mark, injection.Target.Id, preparation.UndoHash, isLive, abort);
        return "deleted through the API, its pods with it";
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, Tenure tenure, CancellationToken abort) =>
        await new MarkedObject(client, Resource.Secrets, injection.Target.Namespace, KeptData.NameOf(injection.Id))
            .RenewAsync(injection.Id, tenure, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        Kept(injection).RestoreAsync(injection.Id, Prepared.Parse(preparation.UndoId), budget);

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var target = injection.Target;
        var kept = await new KeptData(client, target.Namespace).FindAsync(injection.Id, budget);
        var seen = await client.FindAsync(_resource, target.Namespace, target.Name, budget);
        var now = seen is null ? null : (await ReadAsync(seen, budget)).Text;
        var isSame = seen is not null && seen.Uid() == Prepared.Parse(preparation.UndoId).Uid;
        var evidence = $"{_resource.Kind} '{target.Name}' is {(seen is null ? "gone" : isSame ? "there" : "there again")}, its undo data {(kept is null ? "is not kept" : "is kept")}{(now is null ? "" : $"; {now.Text}")}";
        return new Inspection(kept is null ? Presence.Absent : Presence.Present, now, evidence) { HasLeftItsMark = !isSame };
    }

    /// <summary>What would not come back as it was is not deleted.</summary>
    private static void Check(Injection injection, JsonObject seen)
    {
        var why = seen.Controller() is { } owner ? $"is managed by {owner.Text("kind")} '{owner.Text("name")}', which would bring it back at once; delete that"
            : seen.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") == "Delete" ? "has its volume claims deleted with it, and their data"
            : seen.Condition("Complete") || seen.Condition("Failed") ? "has come to its end: made again it would do its work again"
            : "";
        if (why.Length > 0)
        {
            throw new CraterException("CRT8086", $"'{injection.Target.Id}' {why}. Choose another target for {injection.Fault.Name}.");
        }
    }

    private async Task<(Fingerprint Text, bool IsSettled)> ReadAsync(JsonObject seen, CancellationToken abort)
    {
        var manifest = $"manifest={Manifest.Hash(seen)}";
        if (kind == TargetKind.Job)
        {
            return (new Fingerprint(manifest), true);
        }

        var state = await new Workload(_resource, _resource.Kind, seen.Namespace(), seen.Name(), seen.Uid()).StateAsync(client, abort);
        return (new Fingerprint($"{manifest} ready={state.Ready}"), state.IsSettled);
    }

    private KeptObject Kept(Injection injection) => new(client, _resource, injection.Target.Namespace, injection.Target.Name);
}
