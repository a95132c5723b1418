using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.ChaosMesh;

/// <summary>
/// Hands faults to Chaos Mesh. It is in place when every record of the target is <c>Injected</c>; it is taken off by deleting the object, and off when the
/// object is gone, which its finalizer allows only when every record was recovered. A finalizer that stays is residue with a name; it is never forced.
/// </summary>
public sealed class ChaosMeshDriver(KubernetesClient client, EngineOptions options, TimeProvider clock) : EngineDriver(client, options, clock)
{
    /// <summary>Injections whose finalizer somebody had forced off before their records were recovered.</summary>
    private readonly ConcurrentDictionary<string, bool> _forced = new();

    /// <inheritdoc/>
    public override string Name => "chaos-mesh";

    private protected override string Title => "Chaos Mesh";

    private protected override bool FinishesItself => false;

    private protected override EngineFault? FindFault(string fault) => MeshFaults.Find(fault);

    private protected override Resource ResourceOf(EngineFault fault) => ((MeshFault)fault).Resource;

    private protected override Task CheckAsync(Injection injection, EngineFault fault, CancellationToken abort) => Task.CompletedTask;

    private protected override async Task<JsonObject> MakeAsync(Injection injection, EngineFault fault, DateTimeOffset deadline, CancellationToken abort)
    {
        var mesh = (MeshFault)fault;
        var pod = mesh.NamesContainer || mesh.NamesPort ? await Target.FindAsync(injection.Target, abort) : null;
        return MeshObject.Of(injection, mesh, Options, deadline, pod);
    }

    private protected override bool IsStopped(JsonObject seen) => new MeshState(seen) is { IsStopping: true } or { IsPaused: true };

    private protected override Task EndAsync(JsonObject seen, CancellationToken budget) => StepAsync(Client, MeshFault.Of(seen.Text("kind")), seen, budget);

    /// <summary>Asks for the object's deletion. Safe to repeat; who comes by does the same.</summary>
    internal static async Task StepAsync(KubernetesClient client, Resource kind, JsonObject seen, CancellationToken budget)
    {
        if (seen.IsTerminating())
        {
            return;
        }

        try
        {
            await client.DeleteAsync(kind, seen.Namespace(), seen.Name(), new DeleteRequest { Uid = seen.Uid() }, budget);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Somebody else was there first; the next look says what is left.
        }
    }

    private protected override async Task<EngineReport> ReportAsync(Injection injection, EngineFault fault, Preparation preparation, TimeSpan? waited, CancellationToken budget)
    {
        var mesh = (MeshFault)fault;
        var (space, name) = PlaceOf(injection);
        var target = await Target.FindAsync(injection.Target, budget);
        var found = await Client.FindAsync(mesh.Resource, space, name, budget);
        if (found is null || !EngineObject.IsOf(found, injection.Id))
        {
            return await GoneAsync(injection, mesh, target, budget) with { HasLeftItsMark = mesh.Action == "pod-kill" && target is null };
        }

        var state = new MeshState(found);
        if (state.IsForced && !state.IsRecovered)
        {
            _forced[injection.Id] = true;
        }

        var isIn = state.IsInjected(space, injection.Target.Name);
        var isOver = state is { IsStopping: true, IsRecovered: true, Records.Count: > 0 };
        var report = found.IsTerminating() ? new EngineReport(EnginePhase.Ending, Held(found, state))
            : isOver ? new EngineReport(IsLive(injection) ? EnginePhase.Off : EnginePhase.Ending, state.Text)
            : isIn ? new EngineReport(EnginePhase.InPlace, state.Text)
            : state.IsStopping ? new EngineReport(EnginePhase.Ending, state.Text)
            : new EngineReport(EnginePhase.Waiting, state.Text) { Trouble = waited is { } since ? state.TroubleOf(Options.Patience, since) : null };
        return report with { HasLeftItsMark = mesh.IsOnce && (isIn || target is null) };
    }

    private async Task<EngineReport> GoneAsync(Injection injection, MeshFault fault, JsonObject? target, CancellationToken budget)
    {
        var text = $"the {fault.Object} is gone";
        if (target is not null && _forced.ContainsKey(injection.Id) && fault.Unseen.Length > 0)
        {
            return new EngineReport(EnginePhase.Lost,
                $"CRT8311 {text}, and somebody forced its finalizer off before Chaos Mesh had recovered {injection.Target.Id}. Delete the pod: {fault.Unseen} goes with it; then 'craterctl recover {injection.Run}'");
        }

        if (target is null || fault.Ledger.Length == 0)
        {
            return new EngineReport(EnginePhase.Off, text);
        }

        // One object for each pod lists every rule that is on it, with whose it is.
        JsonObject? ledger;
        try
        {
            ledger = await Client.FindAsync(MeshFault.Of(fault.Ledger), injection.Target.Namespace, injection.Target.Name, budget);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            // The certificate says anyway that only Chaos Mesh looked at the rules themselves.
            return new EngineReport(EnginePhase.Off, $"{text}; {fault.Ledger} may not be read");
        }

        var whose = $"{injection.Target.Namespace}/{EngineObject.NameOf(injection)}";
        return ledger?["spec"]?.ToJsonString().Contains($"\"source\":\"{whose}\"", StringComparison.Ordinal) == true
            ? new EngineReport(EnginePhase.Lost, $"CRT8312 {text}, and {fault.Ledger} {injection.Target.Namespace}/{injection.Target.Name} still lists its rules. Delete the pod; then 'craterctl recover {injection.Run}'")
            : new EngineReport(EnginePhase.Off, ledger is null ? text : $"{text}, and {fault.Ledger} {injection.Target.Name} lists nothing of it");
    }

    private static string Held(JsonObject found, MeshState state) =>
        $"CRT8310 {found.Text("kind")} {found.Namespace()}/{found.Name()} is to go and is held by its finalizers ({string.Join(", ", found.Texts("metadata", "finalizers"))}): {state.Text}. Chaos Mesh has not recovered it; look at chaos-controller-manager and at chaos-daemon "
        + "on the pod's node. Do not force the finalizer off: the fault would stay";
}
