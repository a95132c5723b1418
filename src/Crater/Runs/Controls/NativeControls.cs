using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;

namespace Crater.Runs.Controls;

/// <summary>Controls that are carried out here: shown the living document itself, one at a time.</summary>
internal sealed class NativeControls(IReadOnlyList<INativeControl> natives, JsonObject? settings) : IControlCaller
{
    private static readonly IReadOnlySet<ControlHook> All = Enum.GetValues<ControlHook>().ToHashSet();

    public bool Has(Control control) => Find(control) is not null;

    public TimeSpan? HookMax(Control control) => Find(control)?.HookMax;

    public Task<(IReadOnlySet<ControlHook>? Hooks, string Problem)> LookAsync(Control control, CancellationToken stop) =>
        Task.FromResult<(IReadOnlySet<ControlHook>?, string)>((All, ""));

    public Task<HookAnswer> CallAsync(HookCall call, LivingDocument document, CancellationToken stop) => document.HoldAsync(async () =>
    {
        var before = LivingDocument.Parts.ToDictionary(part => part, part => document[part].DeepClone());
        var state = call.State?.DeepClone();
        var shown = new ControlCall(call.Control, call.Arguments, document.Experiment, document[LivingDocument.ConfigurationPart], document[LivingDocument.SecretsPart])
        {
            Context = call.Context.In(document.Experiment),
            State = state,
            Settings = call.SeesSettings ? settings : null,
        };
        var (failure, interrupt) = ("", "");
        try
        {
            await Find(call.Control)!.CallAsync(call.Hook, shown, stop).WaitAsync(stop);
        }
        catch (RunInterruptedException wanted)
        {
            interrupt = wanted.Message;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            failure = error.Message;
        }

        foreach (var part in LivingDocument.Parts.Where(part => !JsonNode.DeepEquals(before[part], document[part])))
        {
            document.Touch(part);
        }

        return new HookAnswer { Failure = failure, Interrupt = interrupt, State = JsonNode.DeepEquals(state, call.State) ? null : state };
    }, stop);

    private INativeControl? Find(Control control) => natives.FirstOrDefault(native => native.Module == control.Module);
}
