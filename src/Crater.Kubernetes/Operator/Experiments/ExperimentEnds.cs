using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Journals;
using Crater.Kubernetes.Client;
using Crater.Runs;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>
/// How an Experiment ends: its status says how, then its finalizer goes, so that no object waits for an operator that is no longer there. Always within a bound:
/// reverted, its target gone, or quarantined with what is left named.
/// </summary>
internal sealed class ExperimentEnds(KubernetesClient client, RunBook runs, Takeover takeover, EventDesk events, OperatorOptions options, OperatorFigures figures)
{
    /// <summary>How long what a dead operator left is tried to be taken off before it is named as residue. Counted from when it was noticed, while the API answers.</summary>
    public static readonly TimeSpan TakeoverBudget = TimeSpan.FromMinutes(3);

    /// <summary>A request of a dead process may still be on its way to the server for this long after its last sign of life.</summary>
    private static readonly TimeSpan LateRequests = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan NextTry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OthersPause = TimeSpan.FromSeconds(15);

    private readonly ObjectWriter _writer = new(client);

    /// <summary>Ends an Experiment of which nothing was begun, or of which nothing is left.</summary>
    public async Task<TimeSpan?> EndAsync(ExperimentView view, Func<ExperimentStatus, ExperimentStatus> say, CancellationToken stop)
    {
        var now = await client.ServerNowAsync(stop);
        var status = say(ExperimentStatus.Of(view, now)).Condition("Complete", true, "Ended", "Nothing more will be done.").Json;
        var written = await _writer.StatusAsync(CraterKinds.Experiments, view.Object, status, stop);
        figures.Ended(written.Text("status", "phase"));
        await events.TellAsync(written, stop);
        runs.Drop(view.Uid);
        if (view.HasFinalizer)
        {
            await _writer.DropFinalizerAsync(CraterKinds.Experiments, written, CraterKinds.Finalizer, stop);
        }

        return null;
    }

    /// <summary>Writes down how a run of this process ended.</summary>
    public async Task<TimeSpan?> CloseAsync(ExperimentView view, LiveRun live, CancellationToken stop)
    {
        if (live.Outcome.IsCompletedSuccessfully)
        {
            var outcome = await live.Outcome;
            if (live.IsBreached)
            {
                figures.Breached();
            }

            return await EndAsync(view, status => Said(Begun(status, view, live), outcome), stop);
        }

        // The run could not be recorded to its end: what is in place is looked for in the cluster.
        var why = live.Outcome.Exception?.InnerException;
        var left = await takeover.RestoreAsync(live.Plan.Run, FaultTrace.Of(live.Plan), stop);
        return await EndAsync(view, status => Left(Begun(status, view, live), live.Plan.Run.Value, left, ExperimentPhase.Failed, (why as CraterException)?.Code ?? "RunFailed", why?.Message ?? "The run was cancelled."), stop);
    }

    /// <summary>Finishes a run whose process is gone.</summary>
    public async Task<TimeSpan?> TakeOverAsync(ExperimentView view, CancellationToken stop)
    {
        var run = view.Run!.Value;
        if (view.Operator != options.Installation && await OverlappingOperators.IsAliveAsync(client, view.Operator, stop))
        {
            return OthersPause;     // another installation's, and that lives
        }

        var now = await client.ServerNowAsync(stop);
        if (view.Phase != ExperimentPhase.Recovering)
        {
            var status = ExperimentStatus.Of(view, now).Phase(ExperimentPhase.Recovering, "OperatorDied", $"The process that ran {run} ({view.Process}) is gone; what it left is being taken off.");
            status.Json["recoveringSince"] = ExperimentStatus.Text(now);
            view = new ExperimentView(await _writer.StatusAsync(CraterKinds.Experiments, view.Object, status.Json, stop));
        }

        var outcome = await runs.RecoverFromFolderAsync(run);
        var left = await takeover.RestoreAsync(run, FaultTrace.Of(view, options.Home), stop);
        var since = view.Moment("status", "recoveringSince") ?? now;
        var isClean = left.Count == 0 && outcome is not { IsClean: false };
        if (now - since < (isClean ? LateRequests : TakeoverBudget))
        {
            return NextTry;
        }

        return await EndAsync(
            view,
            status => outcome is { IsClean: false } ? Said(status, outcome)
                : Left(status, run.Value, left, ExperimentPhase.Aborted, "OperatorDied", $"The process that ran {run} died; everything that it had put in place is off. Whether the hypothesis holds was not found out."),
            stop);
    }

    // What the run did and was not told of so far.
    private ExperimentStatus Begun(ExperimentStatus status, ExperimentView view, LiveRun live)
    {
        status = view.IsToldBegun ? status : status.Begun(live.Plan, options, live.StartedAt);
        return live.InjectedAt is { } injected ? status.Injected(live.Active, injected) : status;
    }

    private static ExperimentStatus Left(ExperimentStatus status, string run, IReadOnlyList<Leftover> left, ExperimentPhase phase, string reason, string message) => left.Count == 0
        ? status.Phase(phase, reason, message).Ended("Inconclusive").Condition("Recovered", true, "NothingHeld", "No object and no node of the cluster carries a change of this run.")
        : status.Phase(ExperimentPhase.Quarantined, "Residue", $"{left.Count} change{(left.Count == 1 ? "" : "s")} could not be taken off; see status.residue.").Ended("Inconclusive")
            .Residue(left.Select(one => (one.Target, one.Fault, one.Problem, $"craterctl recover {run}")));

    private static ExperimentStatus Said(ExperimentStatus status, RunOutcome outcome)
    {
        var verdict = outcome.Verdict.ToString();
        var reasons = string.Join(" ", outcome.Reasons);
        if (!outcome.IsClean)
        {
            return status.Phase(ExperimentPhase.Quarantined, "Residue", $"{outcome.Residue.Count} of its faults could not be proven gone; see status.residue.").Ended(verdict)
                .Residue(outcome.Residue.Select(one => (one.Injection.Target.Id.Value, one.Injection.Fault.Name, one.Reason, one.InspectWith)));
        }

        var (phase, reason) = outcome.StoppedBy switch
        {
            AbortRequested aborted => (ExperimentPhase.Aborted, aborted.By.StartsWith("operator", StringComparison.Ordinal) ? "Ended" : "AbortRequested"),
            RunTakenOver => (ExperimentPhase.Aborted, "OperatorDied"),
            RunInterrupted interrupted => (ExperimentPhase.Failed, interrupted.Code.Length > 0 ? interrupted.Code : "Interrupted"),
            GuardTripped => (ExperimentPhase.Completed, "GuardBreached"),
            _ => (ExperimentPhase.Completed, outcome.Verdict.ToString()),
        };
        var why = outcome.StoppedBy switch
        {
            AbortRequested aborted => aborted.Reason,
            RunInterrupted interrupted => interrupted.Reason,
            GuardTripped tripped => $"Guard {tripped.Guard}: {tripped.Reason}",
            _ => reasons,
        };
        return status.Phase(phase, reason, why.Length > 0 ? why : reasons).Ended(verdict)
            .Condition("Recovered", true, "Certified", $"{outcome.Certificates.Count} target{(outcome.Certificates.Count == 1 ? " is" : "s are")} as before.");
    }
}
