using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;
using Crater.Targets;

namespace Crater.Runs.Controls;

/// <summary>Calls hooks within their time, and says what they raise. What controls do wrong is never the run's failure.</summary>
internal sealed class ControlDesk(IControlCaller native, Func<Control, bool> isNative, IControlCaller? python, ControlOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, IReadOnlySet<ControlHook>> _hooks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _hanging = new(StringComparer.Ordinal);

    /// <summary>Finds out which hooks a control has; one whose code cannot be used has none.</summary>
    public async Task<bool> LookAsync(Control control, CancellationToken abort)
    {
        if (_hooks.TryGetValue(control.Module, out var known))
        {
            return known.Count > 0;
        }

        using var patience = new CancellationTokenSource(options.HookMax, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(abort, patience.Token);
        var (hooks, problem) = Of(control) is { } caller
            ? await LookAsync(caller, control, stop.Token, abort)
            : (null, "there is no interpreter to call it");
        if (problem.Length > 0)
        {
            Say(30, "CRT2340", $"The module {control.Module} of the control {control.Name} cannot be used, and the run goes on without the control: {problem.TrimEnd('.')}.");
        }

        _hooks[control.Module] = hooks ?? new HashSet<ControlHook>();
        return hooks is not null;
    }

    public bool Has(Control control, ControlHook hook) =>
        _hooks.TryGetValue(control.Module, out var hooks) && hooks.Contains(hook) && !_hanging.ContainsKey(control.Name);

    /// <summary>Calls one hook. Whatever it raises is said and stands in the answer; one that takes too long is interrupted and not called again.</summary>
    /// <param name="mustAnswer">The run may not go on without the hook's word: one that hangs interrupts it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was asked for.</exception>
    public async Task<HookAnswer> CallAsync(HookCall call, LivingDocument document, bool mustAnswer, CancellationToken abort)
    {
        var max = Of(call.Control)!.HookMax(call.Control) ?? options.HookMax;
        using var patience = new CancellationTokenSource(max, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(abort, patience.Token);
        try
        {
            var answer = await Of(call.Control)!.CallAsync(call, document, stop.Token);
            if (answer.Failure.Length > 0)
            {
                Say(10, "CRT2343", $"{call.Hook.Python()} of the control {call.Control.Name} failed, which changes nothing: {answer.Failure}");
            }

            return answer;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            _hanging[call.Control.Name] = true;
            var hangs = $"{call.Hook.Python()} of the control {call.Control.Name} took longer than {Durations.Text(max)} ({ControlOptions.Variable}) and is not called any more";
            Say(40, "CRT2342", $"{hangs}.{(mustAnswer ? " Whether the run may go on is unknown, so it does not." : "")}");
            return mustAnswer ? new HookAnswer { Interrupt = $"CRT2342 {hangs}." } : HookAnswer.Nothing;
        }
    }

    public void Say(int level, string code, string text) => options.Log?.Invoke(new PythonLine(level, "control", $"{code} {text}"));

    private static async Task<(IReadOnlySet<ControlHook>?, string)> LookAsync(IControlCaller caller, Control control, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            return await caller.LookAsync(control, stop);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return (null, "it was not imported in time");
        }
    }

    private IControlCaller? Of(Control control) => isNative(control) ? native : python;
}
