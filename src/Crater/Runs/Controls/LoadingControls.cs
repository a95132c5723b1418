using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities.Python;

namespace Crater.Runs.Controls;

/// <summary>The settings' controls around the loading of a document, which is all that is called before there is one.</summary>
public sealed class LoadingControls : IDisposable
{
    private readonly ControlDesk _desk;
    private readonly ControlOptions _options;
    private readonly LivingDocument _nothing = new([], new Dictionary<string, JsonNode?>(), Secrets.None);

    public LoadingControls(ControlOptions options, PythonBridge? python, TimeProvider clock)
    {
        var natives = new NativeControls(options.Natives, options.Settings);
        _desk = new ControlDesk(natives, natives.Has, python is null ? null : new PythonControls(python, options.Settings, (code, text) => _desk!.Say(30, code, text)), options, clock);
        _options = options;
    }

    /// <param name="source">The file or URL, as it was given.</param>
    /// <returns>Why nothing is to be loaded; empty to go on.</returns>
    public async Task<string> BeforeAsync(string source, CancellationToken abort) => (await CallAsync(ControlHook.BeforeLoading, ControlScope.Before, source, null, abort)).Interrupt;

    /// <returns>The document as the controls left it; null when they did not touch it.</returns>
    public async Task<JsonObject?> AfterAsync(string source, JsonObject document, CancellationToken abort) =>
        (await CallAsync(ControlHook.AfterLoading, ControlScope.After, source, document, abort)).State as JsonObject;

    public void Dispose() => _nothing.Dispose();

    private async Task<HookAnswer> CallAsync(ControlHook hook, ControlScope scope, string source, JsonNode? state, CancellationToken abort)
    {
        JsonNode? written = null;
        foreach (var control in _options.Global.Where(control => (control.Scope ?? scope) == scope))
        {
            if (!await _desk.LookAsync(control, abort) || !_desk.Has(control, hook))
            {
                continue;
            }

            var call = new HookCall(control, hook, (JsonObject)control.Arguments.DeepClone(), new ControlContext([], Source: source), written ?? state);
            var answer = await _desk.CallAsync(call, _nothing, mustAnswer: true, abort);
            written = answer.State ?? written;
            if (answer.Interrupt.Length > 0)
            {
                return answer with { State = written };
            }
        }

        return new HookAnswer { State = written };
    }
}
