using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Controls;

/// <summary>Tells the event handlers that Python controls registered what happens in the run; without handlers it does nothing.</summary>
internal sealed class RunEvents(PythonControls? python, LivingDocument document)
{
    private bool _hasMethodBegun;
    private bool _isMethodOver;
    private JsonNode? _journal;

    public async Task AtAsync(ControlPoint point, ControlScope scope, CancellationToken abort)
    {
        var isBefore = scope == ControlScope.Before;
        var name = point.Level switch
        {
            ControlLevel.Hypothesis when _hasMethodBegun && !_isMethodOver => isBefore ? "" : "continuous_hypothesis_iteration",
            ControlLevel.Hypothesis when _isMethodOver => isBefore ? "start_hypothesis_after" : "hypothesis_after_completed",
            ControlLevel.Hypothesis => isBefore ? "start_hypothesis_before" : "hypothesis_before_completed",
            ControlLevel.Method => isBefore ? "start_method" : "method_completed",
            ControlLevel.Rollback => isBefore ? "start_rollbacks" : "rollbacks_completed",
            ControlLevel.Activity => isBefore ? "start_activity" : "activity_completed",
            _ => "",
        };
        _hasMethodBegun |= point.Level == ControlLevel.Method;
        _isMethodOver |= point.Level == ControlLevel.Method && !isBefore;
        _journal = point.Level == ControlLevel.Experiment ? point.State : _journal;
        if (name.Length > 0 && python?.HasHandlers == true)
        {
            await python.TellAsync(name, ControlContext.Of(point), point.State, document, abort);
        }
    }

    public Task TellAsync(string name, JsonNode? state, CancellationToken abort) =>
        python?.HasHandlers == true ? python.TellAsync(name, new ControlContext([]), state, document, abort) : Task.CompletedTask;

    /// <summary>The last event, with the journal as it is.</summary>
    public async Task FinishAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        try
        {
            await TellAsync("finish", _journal, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // A handler that hangs at the very end is left alone; the interpreter ends with the run.
        }
    }
}
