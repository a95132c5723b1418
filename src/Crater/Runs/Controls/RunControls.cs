using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs.Activities.Python;

namespace Crater.Runs.Controls;

/// <summary>
/// The controls of one document and of the settings, called as Chaos Toolkit calls them, each once: arguments with variables put in, the living document to write
/// into, failures said and ignored.
/// </summary>
public sealed class RunControls : IControls, IDisposable
{
    /// <summary>A clean-up holds the end of the whole program.</summary>
    private static readonly TimeSpan CleanUpMax = TimeSpan.FromMinutes(1);

    private readonly ControlDesk _desk;
    private readonly LivingDocument _document;
    private readonly DocumentReread _reread;
    private readonly TimeProvider _clock;
    private readonly RunEvents _events;
    private readonly List<Control> _global = [];
    private readonly List<Control> _configured = [];
    private readonly IReadOnlyList<Control> _declared;
    private string _interrupt = "";

    internal RunControls(Experiment experiment, ControlOptions options, IControlCaller? python, TimeProvider clock)
    {
        var natives = new NativeControls(options.Natives, options.Settings);
        _desk = new ControlDesk(natives, natives.Has, python, options, clock);
        _document = new LivingDocument(DocumentReread.Of(experiment, options.Dry), experiment.Configuration, experiment.Secrets);
        _reread = new DocumentReread(experiment, _document, options.Reading, problem => _desk.Say(30, "CRT2344", problem));
        _events = new RunEvents(python as PythonControls, _document);
        (_declared, _clock) = (options.Global, clock);
    }

    /// <summary>The controls of a document; none at all where neither it nor the settings declare any.</summary>
    /// <param name="python">Null when there is no interpreter: controls in Python are then said and left out.</param>
    public static IControls Of(Experiment experiment, ControlOptions options, PythonBridge? python, TimeProvider clock)
    {
        if (!options.Global.Concat(ControlOrder.Own(experiment)).Any())
        {
            return NoControls.Instance;
        }

        if (python is not null)
        {
            python.Output.Secrets = experiment.Secrets;
        }

        var caller = python is null ? null : new PythonControls(python, options.Settings, (code, text) => options.Log?.Invoke(new PythonLine(30, "control", $"{code} {text}")));
        return new RunControls(experiment, options, caller, clock);
    }

    public async Task ConfigureAsync(CancellationToken abort)
    {
        foreach (var control in _declared)
        {
            // One of the settings that cannot be configured is never called; one of the document is, as in Chaos Toolkit.
            if (await _desk.LookAsync(control, abort) && await ConfigureAsync(control, isGlobal: true, abort))
            {
                _global.Add(control);
            }
        }

        foreach (var control in ControlOrder.Own(_reread.Experiment).DistinctBy(control => control.Name))
        {
            if (await _desk.LookAsync(control, abort))
            {
                await ConfigureAsync(control, isGlobal: false, abort);
                _configured.Add(control);
            }
        }

        await _events.TellAsync("running", null, abort);
    }

    public Task<ControlChanges> BeforeAsync(ControlPoint point, CancellationToken abort) => CallAsync(point, ControlScope.Before, abort);

    /// <summary>A person who does not want to wait for the controls loses what they would have said, and nothing else.</summary>
    public async Task<ControlChanges> AfterAsync(ControlPoint point, CancellationToken abort)
    {
        try
        {
            return await CallAsync(point, ControlScope.After, abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return ControlChanges.None;
        }
    }

    public async Task CleanUpAsync()
    {
        foreach (var control in _configured.Concat(_global).Where(control => _desk.Has(control, ControlHook.CleanUp)))
        {
            using var patience = new CancellationTokenSource(CleanUpMax, _clock);
            try
            {
                await _desk.CallAsync(new HookCall(control, ControlHook.CleanUp, [], new ControlContext([]), null), _document, mustAnswer: false, patience.Token);
            }
            catch (OperationCanceledException)
            {
                _desk.Say(30, "CRT2342", $"{ControlHook.CleanUp.Python()} of the control {control.Name} took longer than a minute.");
            }
        }

        await _events.FinishAsync();
    }

    public void Dispose() => _document.Dispose();

    private async Task<bool> ConfigureAsync(Control control, bool isGlobal, CancellationToken abort)
    {
        if (!_desk.Has(control, ControlHook.Configure))
        {
            return true;
        }

        var call = new HookCall(control, ControlHook.Configure, (JsonObject)control.Arguments.DeepClone(), new ControlContext([]), null) { SeesSettings = isGlobal };
        var answer = await _desk.CallAsync(call, _document, mustAnswer: true, abort);

        // Configuring cannot interrupt by raising, as in Chaos Toolkit; only what hangs or exits keeps the run from beginning.
        _interrupt = _interrupt.Length > 0 || answer.Failure.Length > 0 ? _interrupt : answer.Interrupt;
        return answer.Failure.Length == 0 && answer.Interrupt.Length == 0;
    }

    private async Task<ControlChanges> CallAsync(ControlPoint point, ControlScope scope, CancellationToken abort)
    {
        if (_interrupt.Length > 0 && point.Level == ControlLevel.Experiment && scope == ControlScope.Before)
        {
            return new ControlChanges { Interrupt = _interrupt };
        }

        var experiment = _reread.Experiment;
        var own = point.Level switch { ControlLevel.Hypothesis => experiment.Hypothesis?.Controls ?? [], ControlLevel.Activity => point.Activity?.Controls ?? [], _ => [] };
        var hook = ControlHooks.At(point.Level, scope);
        var mustAnswer = scope == ControlScope.Before && !IsRecovery(point);
        var (state, isWritten, interrupt) = (point.State, false, "");
        await _events.AtAsync(point, scope, abort);
        foreach (var control in ControlOrder.At(point.Level, scope, experiment.Controls, _global, own))
        {
            if (!await _desk.LookAsync(control, abort) || !_desk.Has(control, hook))
            {
                continue;
            }

            var values = new Substitution(_document.Configuration, _document.Secrets);
            var call = new HookCall(control, hook, (JsonObject)values.Apply(control.Arguments)!, ControlContext.Of(point), state);
            var answer = await _desk.CallAsync(call, _document, mustAnswer, abort);
            (state, isWritten) = (answer.State ?? state, isWritten || answer.State is not null);
            if (answer.Interrupt.Length > 0)
            {
                interrupt = answer.Interrupt;
                break;
            }
        }

        return await _reread.ChangesAsync(point, abort) with { Interrupt = interrupt, State = isWritten ? state : null };
    }

    // What takes something back does not wait for the word of a control that hangs.
    private static bool IsRecovery(ControlPoint point) =>
        point.Level == ControlLevel.Rollback || point.Activity?.Place.StartsWith("rollbacks", StringComparison.Ordinal) == true;
}
