using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>
/// Hands faults to LitmusChaos as ChaosEngines. A fault is off when the operator has let go of the engine, nothing of the engine's runs, the target is
/// <c>reverted</c> in the ChaosResult, and our own look at the target says so too. The ChaosResult stays for an hour, as the record of it.
/// </summary>
public sealed class LitmusDriver(KubernetesClient client, EngineOptions options, TimeProvider clock) : EngineDriver(client, options, clock), IDriver
{
    private static readonly Resource Accounts = new("", "v1", "serviceaccounts", "ServiceAccount", true);

    /// <inheritdoc/>
    public override string Name => "litmus";

    /// <inheritdoc/>
    public bool TakesProbes => true;

    private protected override string Title => "Litmus";

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Check(Fault fault) => [.. base.Check(fault), .. LitmusProbes.Check(fault)];

    private protected override EngineFault? FindFault(string fault) => LitmusFaults.Find(fault);

    private protected override Resource ResourceOf(EngineFault fault) => LitmusEngine.Engines;

    private protected override async Task CheckAsync(Injection injection, EngineFault fault, CancellationToken abort)
    {
        await NeedAsync(LitmusEngine.Experiments, abort);
        await NeedAsync(LitmusEngine.Results, abort);
        var space = LitmusEngine.SpaceOf(injection.Target, Options);
        if (await IsMissingAsync(LitmusEngine.Experiments, space, fault.Name, abort))
        {
            var problem = LitmusDiagnosis.NoExperiment(fault.Name, space, "looked for before anything was touched");
            throw new CraterException(problem.Code, problem.Message);
        }

        if (await IsMissingAsync(Accounts, space, Options.ServiceAccount, abort))
        {
            throw new CraterException("CRT8212", $"There is no service account '{Options.ServiceAccount}' in the namespace {space}, with which Litmus could run {fault.Name}. Create it with Litmus' RBAC, or name another one in stack.yaml (engines.litmus.service_account).");
        }
    }

    private protected override Task<JsonObject> MakeAsync(Injection injection, EngineFault fault, DateTimeOffset deadline, CancellationToken abort) =>
        Task.FromResult(LitmusEngine.Of(injection, (LitmusFault)fault, Options, deadline));

    private protected override bool IsStopped(JsonObject seen) => seen.Text("spec", "engineState") == "stop" && seen.Text("status", "engineStatus") != "completed";

    private protected override Task EndAsync(JsonObject seen, CancellationToken budget) => LitmusEnd.StepAsync(Client, seen, _ => Task.CompletedTask, budget);

    private protected override async Task<EngineReport> ReportAsync(Injection injection, EngineFault fault, Preparation preparation, TimeSpan? waited, CancellationToken budget)
    {
        var (space, name) = PlaceOf(injection);
        var litmus = (LitmusFault)fault;
        var state = await LitmusState.ReadAsync(Client, space, name, litmus.Experiment, injection.Id, budget);
        var target = await Target.FindAsync(injection.Target, budget);
        var said = state.StateOf(TargetId.Text(fault.Kind), injection.Target.Name);
        var report = state.HasEnded && state.Running.Count == 0 ? Over(injection, litmus, preparation, state, target, said) : UnderWay(injection, litmus, state, target, said, waited);
        return report with { Verdict = state.Verdict, HasLeftItsMark = litmus.Proof switch { LitmusProof.PodGone => target is null, LitmusProof.Targeted => said == "targeted", _ => false } };
    }

    private EngineReport UnderWay(Injection injection, LitmusFault fault, LitmusState state, JsonObject? target, string said, TimeSpan? waited)
    {
        var running = state.Running.Count > 0 ? $"{string.Join(", ", state.Running)} still there" : "none of its pods is there";
        if (state.IsStopAsked || state.HasEnded)
        {
            return new EngineReport(EnginePhase.Ending, $"CRT8220 Litmus has not finished taking it off: {Text(state)}, {running}. Look whether the chaos-operator runs; the experiment itself ends after {Durations.Text(injection.Duration)}");
        }

        var text = $"{Text(state)}, {running}{(said.Length > 0 ? $", target {said}" : "")}";
        return said == "reverted" ? new EngineReport(EnginePhase.Ending, text)
            : IsInPlace(injection, fault, state, target, said) ? new EngineReport(EnginePhase.InPlace, text)
            : new EngineReport(EnginePhase.Waiting, text) { Trouble = waited is { } since ? LitmusDiagnosis.Of(state, EngineObject.NameOf(injection), fault.Experiment, Options.Patience, since) : null };
    }

    private EngineReport Over(Injection injection, LitmusFault fault, Preparation preparation, LitmusState state, JsonObject? target, string said)
    {
        if (state.Engine is not null && !IsLive(injection))
        {
            return new EngineReport(EnginePhase.Ending, state.Engine.IsTerminating()
                ? $"CRT8222 ChaosEngine {state.Engine.Name()} is to go and is held by its finalizers ({string.Join(", ", state.Engine.Texts("metadata", "finalizers"))}). Look whether the chaos-operator runs"
                : $"{Text(state)}, and the engine is still to be deleted");
        }

        var text = $"{Text(state)}, none of its pods is left{(said.Length > 0 ? $", target {said}" : "")}";
        if (fault.Proof == LitmusProof.Reverted && said == "injected" && target is not null)
        {
            return new EngineReport(EnginePhase.Lost,
                $"CRT8221 {text}: its helper went before it took the fault off, and nobody else will. Delete the pod {injection.Target.Namespace}/{injection.Target.Name}: {fault.Unseen} goes with it; then 'craterctl recover {injection.Run}'");
        }

        var isLeft = target is not null && IsOnNode(injection, fault, target) && !IsOnNode(preparation.Before, fault, injection);
        return isLeft
            ? new EngineReport(EnginePhase.Lost, $"CRT8221 {text}: Litmus left the node {injection.Target.Name} as it made it. Take that off by hand ({(fault.Proof == LitmusProof.Cordoned ? "kubectl uncordon" : "kubectl taint nodes")} {injection.Target.Name}); then 'craterctl recover {injection.Run}'")
            : new EngineReport(EnginePhase.Off, text);
    }

    private static bool IsInPlace(Injection injection, LitmusFault fault, LitmusState state, JsonObject? target, string said) => fault.Proof switch
    {
        LitmusProof.PodGone => target is null || target.IsTerminating(),
        LitmusProof.Targeted => said == "targeted",
        LitmusProof.Reverted => said == "injected",
        LitmusProof.Helper => state.Pods.Any(pod => pod.Labels().GetValueOrDefault("app", "").Contains("-helper-", StringComparison.Ordinal)
            && pod.Text("spec", "nodeName") == injection.Target.Name && pod.Text("status", "phase") == "Running"),
        _ => target is not null && IsOnNode(injection, fault, target),
    };

    private static bool IsOnNode(Injection injection, LitmusFault fault, JsonObject node) => fault.Proof switch
    {
        LitmusProof.Cordoned => node.Flag("spec", "unschedulable"),
        LitmusProof.Tainted => node.Objects("spec", "taints").Any(taint => taint.Text("key") == TaintOf(injection)),
        _ => false,
    };

    // What was so before is not Litmus' work.
    private static bool IsOnNode(Fingerprint before, LitmusFault fault, Injection injection) => fault.Proof == LitmusProof.Cordoned
        ? before.Text.Contains(" unschedulable=true ", StringComparison.Ordinal)
        : before.Text.Split(' ').FirstOrDefault(part => part.StartsWith("taints=", StringComparison.Ordinal)) is { } taints && $",{taints["taints=".Length..]}".Contains($",{TaintOf(injection)}=", StringComparison.Ordinal);

    private static string TaintOf(Injection injection) => injection.Fault.Text("add").Split('=', ':')[0];

    private static string Text(LitmusState state) => state.Engine is null ? "the ChaosEngine is gone" : $"ChaosEngine {state.Engine.Name()} is {(state.Status.Length > 0 ? state.Status : "not seen by any operator")}";

    // Who may not look has not seen that it is missing.
    private async Task<bool> IsMissingAsync(Resource resource, string space, string name, CancellationToken abort)
    {
        try
        {
            return await Client.FindAsync(resource, space, name, abort) is null;
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return false;
        }
    }
}
