using Crater.Experiments;
using Crater.Journals;
using Crater.Runs.Controls;

namespace Crater.Runs;

/// <summary>
/// What of a run is Chaos Toolkit's: hypothesis, method and rollbacks by their strategies, controls around each. The kernel calls the parts in order, with
/// its faults in between.
/// </summary>
internal sealed class DocumentPlay
{
    private readonly RunSeams _seams;
    private readonly RunRecord _record;
    private readonly StopSource _stop;
    private readonly Script _script;
    private readonly ControlCalls _controls;
    private readonly SteadyState _steady;
    private readonly MethodPlayer _method;
    private readonly RollbackPlayer _rollbacks;

    public DocumentPlay(
        RunSeams seams, RunRecord record, Experiment experiment, StopSource stop, AbortSignal abort, Func<Activity, CancellationToken, Task> hold, ResumePoint? resume)
    {
        (_seams, _record, _stop) = (seams, record, stop);
        _script = new Script(experiment, seams.Manner, resume);
        _controls = new ControlCalls(seams.Controls, record, _script, abort);
        var turns = new ActivityTurn(seams, record, _script, _controls);
        _steady = new SteadyState(seams, record, _script, new HypothesisCheck(seams, record, _script, turns, _controls));
        _method = new MethodPlayer(record, _script, turns, _controls, stop, hold);
        _rollbacks = new RollbackPlayer(record, _script, turns, _controls, stop, abort);
    }

    public Experiment Experiment => _script.Experiment;

    /// <summary>Everything up to the method.</summary>
    /// <returns>Whether the method is to be played.</returns>
    public async Task<bool> BeginAsync()
    {
        await _controls.BeginAsync(_stop.Token);
        if (_script.Resume is { } resume && (resume.Choice == ResumeChoice.Rollbacks || resume.WasShut || resume.HadBegun))
        {
            return resume.From.Length > 0;
        }

        return await _steady.HoldsBeforeAsync(_stop.Token);
    }

    public Task WatchAsync(CancellationToken over) => _steady.WatchAsync(over);

    /// <summary>The method, with the hypothesis beside it when the strategy says so.</summary>
    public async Task PlayMethodAsync()
    {
        using var over = new CancellationTokenSource();
        var beside = CheckBesideAsync(over.Token);
        try
        {
            await _method.PlayAsync();
        }
        finally
        {
            over.Cancel();
            await beside;
        }
    }

    /// <summary>Everything after the method and its faults: hypothesis, rollbacks, verdict, the last controls. Never throws.</summary>
    public async Task FinishAsync()
    {
        await SurvivedAsync(() => _steady.CheckAfterAsync(_stop.Token));
        await _rollbacks.PlayAsync();
        _record.Note(VerdictRules.Decide(_record.Events));
        await _controls.EndAsync(() => ToolkitJournal.Make(_script.Experiment, _record.Events, _seams.Platform));
    }

    private Task CheckBesideAsync(CancellationToken over) => SurvivedAsync(() => _steady.CheckBesideAsync(over, _stop.Token));

    private async Task SurvivedAsync(Func<Task> part)
    {
        try
        {
            await part();
        }
        catch (OperationCanceledException) when (_stop.IsRequested)
        {
            // Ending early is a normal way to end a run; the journal says why.
        }
        catch (Exception e)
        {
            _stop.Interrupt(e);
        }
    }
}
