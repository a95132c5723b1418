using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Guards;

namespace Crater.Runs;

/// <summary>
/// The kernel: claim, inject, watch, recover, for as many injections as the method brings, and a plain play for a method that brings none. Intent is journaled
/// before the act; recovery listens to nobody; what is unknown stops the run; every way out returns an outcome with its residue. One instance is one run.
/// </summary>
public sealed class GuardedRunner : IDisposable
{
    private readonly RunSeams _seams;
    private readonly Plan _plan;
    private readonly RunRecord _record;
    private readonly StopSource _stop;
    private readonly Recovery _recovery;
    private readonly ClaimSet _claims;
    private readonly Preparations _preparations;
    private readonly GuardWatch _guards;
    private readonly DocumentPlay _play;
    private readonly CancellationTokenSource _over = new();     // the last certificate is there: nobody watches any longer
    private readonly CancellationTokenSource _finished = new(); // everything is measured: the claims may go
    private Task _watching = Task.CompletedTask;
    private Task _renewing = Task.CompletedTask;

    public GuardedRunner(RunSeams seams, Plan plan, Experiment experiment, AbortSignal abort) : this(seams, plan, experiment, abort, resume: null) { }

    internal GuardedRunner(RunSeams seams, Plan plan, Experiment experiment, AbortSignal abort, ResumePoint? resume)
    {
        (_seams, _plan) = (seams, plan);
        _record = new RunRecord(seams.Journal, seams.Progress);
        _stop = new StopSource(_record, abort);
        _recovery = new Recovery(_record, seams.Drivers, seams.Clock);
        _claims = new ClaimSet(plan.Injections, seams.Claims, _record, seams.Clock);
        _preparations = new Preparations(seams.Drivers, _record, seams.Clock);
        _guards = new GuardWatch(experiment.Guards, seams.Sources, _record, _stop, seams.Clock);
        _play = new DocumentPlay(seams, _record, experiment, _stop, abort, HoldAsync, resume);
    }

    public async Task<RunOutcome> RunAsync()
    {
        var playing = PlayAsync();
        await _stop.Ended;
        var residue = await RecoverAsync(playing);
        _over.Cancel();
        await _watching;
        await _play.FinishAsync();
        _finished.Cancel();
        await _renewing;
        return await RunClosing.CloseAsync(_record, _plan.Run, residue, () => DriverTurns.EndAsync(_seams.Drivers, _plan, _claims.ReleaseAsync, _seams.Clock), _seams.SealFiles);
    }

    public void Dispose()
    {
        foreach (var one in (IDisposable[])[_guards, _stop, _over, _finished, _record])
        {
            one.Dispose();
        }
    }

    // Never throws: whatever happens in here is written down and leads to recovery.
    private async Task PlayAsync()
    {
        try
        {
            if (await _play.BeginAsync())
            {
                await BreakAsync();     // a system that is not well is not broken further; the verdict says why nothing was done
            }
        }
        catch (OperationCanceledException) when (_stop.IsRequested)
        {
            // Ending early is a normal way to end a run; the journal says why.
        }
        catch (Exception e)
        {
            _stop.Interrupt(e);
        }

        _stop.Done();
    }

    private async Task BreakAsync()
    {
        if (_plan.Injections.Count > 0)
        {
            // Before the claims: the first has to be kept while the last is waited for.
            _renewing = new LeaseKeeper(_seams.Drivers, _claims, _record, _stop, _seams.Clock).KeepAsync(_finished.Token);
            await _claims.ClaimAsync(_stop.Token);
            _stop.After(_play.Experiment.BlastRadius.DurationMax, _seams.Clock);
            await DriverTurns.BeginAsync(_seams.Drivers, _plan, _stop.Token);
        }

        await _guards.FirstLookAsync(_stop.Token);
        _stop.Token.ThrowIfCancellationRequested();
        _watching = _plan.Injections.Count == 0 ? _guards.WatchAsync(_over.Token) : Task.WhenAll(
            _guards.WatchAsync(_over.Token), _play.WatchAsync(_over.Token),
            new PresenceWatch(_seams.Drivers, _record, _seams.Clock).WatchAsync(_over.Token));
        _record.Append(new PhaseEntered(_plan.Injections.Count > 0 ? RunPhase.Injecting : RunPhase.Playing));
        await _play.PlayMethodAsync();
    }

    // One fault activity: all its injections, for its duration, and off again, whatever else the method is doing.
    private async Task HoldAsync(Activity activity, CancellationToken stop)
    {
        var injections = _plan.MustInjectionsOf(activity);
        foreach (var (injection, preparation) in await _preparations.TakeAsync(injections, stop))
        {
            await InjectAsync(injection, preparation, stop);
        }

        _record.Append(new PhaseEntered(RunPhase.Watching));
        await Task.Delay(injections.Max(injection => injection.Duration), _seams.Clock, stop);
        await _recovery.MustRecoverAsync([.. injections.Select(injection => injection.Sequence)]);
    }

    private async Task InjectAsync(Injection injection, Preparation preparation, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        _record.Append(new InjectionIntended(injection, preparation, injection.Driver));     // intent first: a crash from here on is recoverable
        try
        {
            var mechanism = await _preparations.DriverOf(injection).InjectAsync(injection, preparation, Limits.LeaseDuration, stop);
            _record.Append(new InjectionInjected(injection.Sequence, mechanism));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It may have taken hold all the same, so it stays outstanding until it is proven gone.
            _record.Note(new InjectionFailed(injection.Sequence, e.Message));
            throw;
        }
    }

    // No token: nobody may cancel recovery. What is in place is taken off at once; what a last step still put on, after that step has ended.
    private async Task<IReadOnlyList<Residue>> RecoverAsync(Task playing)
    {
        if (_plan.Injections.Count > 0)
        {
            _record.Note(new PhaseEntered(RunPhase.Recovering));
        }

        var now = _recovery.RecoverAsync(_record.State.Outstanding.Values);
        await playing;
        var late = _recovery.RecoverAsync(_record.State.Outstanding.Values);
        return [.. (await now).Concat(await late).DistinctBy(residue => residue.Injection.Id)];
    }
}
