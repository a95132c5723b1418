using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Admission;
using Crater.Runs;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>
/// The next step of one Experiment. What was decided stands in the cluster before it is done: the finalizer, then the intent with the run's id, then the run. A
/// run that stands there and does not live in this process is never begun again; what it left is taken off.
/// </summary>
internal sealed class ExperimentReconciler(
    KubernetesClient client, RunBook runs, ExperimentEnds ends, ChangeFreeze freeze, OperatorOptions options, Leadership leadership, Func<WorkQueue> queue) : IReconciler
{
    /// <summary>Until a place is free for one more run.</summary>
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks whether a change freeze is over.</summary>
    private static readonly TimeSpan FreezePause = TimeSpan.FromSeconds(5);

    /// <summary>A run that has not injected by then is told of without; else the injection tells of both, which is a write less.</summary>
    private static readonly TimeSpan TellAfter = TimeSpan.FromSeconds(5);

    private readonly ObjectWriter _writer = new(client);

    public Resource Resource => CraterKinds.Experiments;

    public void Forget(JsonObject gone) => runs.Abandon(gone.Uid(), $"{gone.Namespace()}/{gone.Name()}");

    public async Task<TimeSpan?> ReconcileAsync(JsonObject found, CancellationToken stop)
    {
        var view = new ExperimentView(found);
        if (runs.Find(view.Uid) is { } live)
        {
            return await FollowAsync(view, live, stop);
        }

        if (view.Run is not null && !view.IsOver)
        {
            return await ends.TakeOverAsync(view, stop);
        }

        if (view is { IsMended: true, IsGoing: false })
        {
            await _writer.StatusAsync(Resource, found, ExperimentStatus.Anew(view, await client.ServerNowAsync(stop)).Json, stop);
            return null;
        }

        if (view.IsOver || view.IsGoing)
        {
            // Over, or never begun: nothing is in place, so nothing holds the object any longer.
            if (view.HasFinalizer)
            {
                await _writer.DropFinalizerAsync(Resource, found, CraterKinds.Finalizer, stop);
            }

            return null;
        }

        return await BeginAsync(view, stop);
    }

    private async Task<TimeSpan?> BeginAsync(ExperimentView view, CancellationToken stop)
    {
        var now = await client.ServerNowAsync(stop);
        if (view.IsToAbort || view.Deadline < now)
        {
            return await ends.EndAsync(view, status => status.Phase(ExperimentPhase.Aborted, view.IsToAbort ? "AbortRequested" : "DeadlinePassed", "It ended before it began; nothing was touched.").Ended("Inconclusive"), stop);
        }

        var examined = ExperimentExam.Of(view, options.Home);
        if (examined.Experiment is not { } experiment)
        {
            return await RefuseAsync(view, ExperimentPhase.Invalid, examined.Errors, stop);
        }

        if (view.IsPaused)
        {
            return await WaitAsync(view, "Paused", $"The annotation {CraterKinds.PausedKey} keeps it from beginning.", now, stop);
        }

        if (await freeze.FindAsync(stop) is { } frozen)
        {
            await WaitAsync(view, "ChangeFreeze", frozen.Message, now, stop);
            return FreezePause;
        }

        if (runs.IsClosing || runs.Count >= options.RunsMax)
        {
            return FullPause;
        }

        var plan = await PlanAsync(experiment, stop);
        return plan.MayRun ? await StartOrFreeAsync(view, experiment, plan, now, stop)
            : await RefuseAsync(view, ExperimentPhase.Failed, [.. plan.Problems.Where(problem => !problem.IsWarning)], stop);
    }

    private async Task<Plan> PlanAsync(Experiment experiment, CancellationToken stop)
    {
        leadership.Demand();
        return await runs.PlanAsync(experiment, stop);
    }

    private async Task<TimeSpan?> StartOrFreeAsync(ExperimentView view, Experiment experiment, Plan plan, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            return await StartAsync(view, experiment, plan, now, stop);
        }
        catch
        {
            runs.Free(plan);
            throw;
        }
    }

    // Each write is on the version that the one before it made: whoever else wrote in between makes it fail, and then nothing was begun.
    private async Task<TimeSpan?> StartAsync(ExperimentView view, Experiment experiment, Plan plan, DateTimeOffset now, CancellationToken stop)
    {
        leadership.Demand();
        var intent = new Intent(plan.Run, view.Uid, options.Installation, options.Identity);
        var begun = new ExperimentView(await _writer.HoldAsync(Resource, view.Object, CraterKinds.Finalizer, Intent.Key, intent.Text, stop));
        var key = view.Key;
        runs.Begin(begun, experiment, plan, now, leadership, () => queue().Add(key));
        return Sooner(begun.Deadline - now, TellAfter);
    }

    private async Task<TimeSpan?> FollowAsync(ExperimentView view, LiveRun live, CancellationToken stop)
    {
        var now = await client.ServerNowAsync(stop);
        if (EndOf(view, now) is { } reason)
        {
            live.Abort.Request("operator", reason);
        }

        if (live.Outcome.IsCompleted)
        {
            return await ends.CloseAsync(await NewestAsync(view, stop), live, stop);
        }

        var isLate = now - live.StartedAt >= TellAfter;
        if (live.InjectedAt is { } injectedAt && !live.IsTold && !view.IsGoing)
        {
            await TellAsync(view, live, now, status => status.Phase(ExperimentPhase.Running, "Injected", $"Run {live.Plan.Run} has its faults in place.")
                .Begun(live.Plan, options, live.StartedAt).Injected(live.Plan.Injections.Count, injectedAt), stop);
            live.IsTold = true;
        }
        else if (isLate && !view.IsToldBegun && !live.IsTold && !view.IsGoing)
        {
            await TellAsync(view, live, now, status => status.Phase(ExperimentPhase.Running, "Started", $"Run {live.Plan.Run} was begun.").Begun(live.Plan, options, live.StartedAt), stop);
        }

        return isLate ? view.Deadline - now : Sooner(view.Deadline - now, live.StartedAt + TellAfter - now);
    }

    private async Task TellAsync(ExperimentView view, LiveRun live, DateTimeOffset now, Func<ExperimentStatus, ExperimentStatus> say, CancellationToken stop)
    {
        var newest = await NewestAsync(view, stop);
        try
        {
            await _writer.StatusAsync(Resource, newest.Object, say(ExperimentStatus.Of(newest, now)).Json, stop);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            // A run of which nobody could be told is none that goes on.
            live.Abort.Request("operator", $"The status of the Experiment may not be written: {e.Message}");
            throw;
        }
    }

    private static TimeSpan? Sooner(TimeSpan? deadline, TimeSpan other) => deadline is { } first && first < other ? first : other;

    private static string? EndOf(ExperimentView view, DateTimeOffset now) => view switch
    {
        { IsGoing: true } => "The Experiment was deleted.",
        { IsToAbort: true } => "spec.abort asks for it.",
        { IsPaused: true } => $"The annotation {CraterKinds.PausedKey} was put on.",
        _ when view.Deadline < now => "Its deadline has passed.",
        _ => null,
    };

    // What the informer saw may be older than our own last write, on which a write would only be refused.
    private async Task<ExperimentView> NewestAsync(ExperimentView view, CancellationToken stop) =>
        view.Run is null && await client.FindAsync(Resource, view.Key.Space, view.Key.Name, stop) is { } newest && newest.Uid() == view.Uid ? new ExperimentView(newest) : view;

    private Task<TimeSpan?> RefuseAsync(ExperimentView view, ExperimentPhase phase, IReadOnlyList<Problem> problems, CancellationToken stop) => ends.EndAsync(
        view,
        status => status.Phase(phase, problems[0].Code, Summary(problems))
            .Problems(problems).Condition("Valid", false, problems[0].Code, Summary(problems)).Ended("Inconclusive"),
        stop);

    private static string Summary(IReadOnlyList<Problem> problems) => problems.Count == 1 ? problems[0].Message : $"{problems.Count} problems; the first: {problems[0].Message}";

    private async Task<TimeSpan?> WaitAsync(ExperimentView view, string reason, string message, DateTimeOffset now, CancellationToken stop)
    {
        if (view.Object.Text("status", "reason") != reason)
        {
            await _writer.StatusAsync(Resource, view.Object, ExperimentStatus.Of(view, now).Phase(ExperimentPhase.Pending, reason, message).Json, stop);
        }

        return view.Deadline - now;
    }
}
