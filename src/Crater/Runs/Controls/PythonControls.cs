using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Python;

namespace Crater.Runs.Controls;

/// <summary>
/// Controls in the user's interpreter. The living document has its twin there, so that hooks find the very objects that earlier ones wrote into; only what
/// one side changed since goes through the pipe.
/// </summary>
internal sealed class PythonControls(PythonBridge python, JsonObject? settings, Action<string, string> warn) : IControlCaller
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _given = [];
    private readonly Dictionary<string, int> _taken = [];
    private int _generation;

    /// <summary>Controls have registered handlers for the events of the run.</summary>
    public bool HasHandlers { get; private set; }

    public async Task<(IReadOnlySet<ControlHook>? Hooks, string Problem)> LookAsync(Control control, CancellationToken stop)
    {
        try
        {
            var answer = await python.AskAsync($"The control {control.Name} ({control.Module})", _ => new JsonObject { ["do"] = "control", ["module"] = control.Module }, stop);
            return answer["hooks"] is JsonArray hooks
                ? (ControlHooks.Of(hooks.Select(name => (string)name!)), "")
                : (null, (string?)answer["problem"] ?? (string?)answer["reason"] ?? (string?)answer["failed"] ?? "it was interrupted");
        }
        catch (ActivityFailedException failed)
        {
            return (null, $"{failed.Message} ({failed.Code})");
        }
    }

    public async Task<HookAnswer> CallAsync(HookCall call, LivingDocument document, CancellationToken stop)
    {
        JsonObject answer;
        var news = await NewsAsync(document, stop);
        try
        {
            answer = await python.AskAsync($"The control {call.Control.Name} ({call.Control.Module})", generation => Message(call, news, document, generation), stop);
        }
        catch (ActivityFailedException failed)
        {
            return new HookAnswer { Failure = $"{failed.Message} ({failed.Code})" };
        }

        // What it wrote before it raised is written.
        await TakeAsync(call.Control, answer, document);
        HasHandlers |= (int?)answer["handlers"] > 0;
        if (answer["exit"] is { } exit && (int)exit! == 30)
        {
            python.OnInterrupt?.Invoke(new RunInterruptedException(Reason(call, answer), isUngraceful: true));
        }

        return new HookAnswer
        {
            Failure = (string?)answer["failed"] ?? (answer["cut"] is null ? "" : "it was interrupted"),
            Interrupt = answer["interrupt"] is not null || answer["exit"] is not null ? Reason(call, answer) : "",
            State = answer["state"]?.DeepClone(),
        };
    }

    /// <summary>Tells the handlers that controls registered of an event of the run.</summary>
    public async Task TellAsync(string happened, ControlContext context, JsonNode? state, LivingDocument document, CancellationToken stop)
    {
        var news = await NewsAsync(document, stop);
        try
        {
            var answer = await python.AskAsync(
                happened, generation => Shared(new JsonObject { ["do"] = "event", ["event"] = happened }, context, state, news, document, generation), stop);
            await TakeAsync(null, answer, document);
        }
        catch (ActivityFailedException)
        {
            // Whoever calls a function next is told why there is no interpreter any more.
        }
    }

    private static string Reason(HookCall call, JsonObject answer) =>
        (string?)answer["interrupt"] is { Length: > 0 } said ? said : $"The control {call.Control.Name} interrupted the run ({(string?)answer["reason"] ?? call.Hook.Python()}).";

    private JsonObject Message(HookCall call, Dictionary<string, Copy> news, LivingDocument document, int generation) => Shared(
        new JsonObject
        {
            ["do"] = "hook",
            ["module"] = call.Control.Module,
            ["hook"] = call.Hook.Python(),
            ["arguments"] = call.Arguments.DeepClone(),
            ["with_settings"] = call.SeesSettings,
        }, call.Context, call.State, news, document, generation);

    private JsonObject Shared(JsonObject message, ControlContext context, JsonNode? state, Dictionary<string, Copy> news, LivingDocument document, int generation)
    {
        JsonObject around = new() { ["path"] = context.Path.DeepClone() };
        if (context.Source is { } source)
        {
            around["source"] = source;
        }

        if (context.Instead is { } instead)
        {
            around["instead"] = instead.DeepClone();
        }

        message["around"] = around;
        message["state"] = state?.DeepClone();
        lock (_gate)
        {
            // Another interpreter knows nothing of what the last one was told.
            if (generation != _generation)
            {
                _generation = generation;
                _given.Clear();
                _taken.Clear();
                message["settings"] = settings?.Count > 0 ? settings.DeepClone() : null;
                news = LivingDocument.Parts.ToDictionary(part => part, part => news.GetValueOrDefault(part) ?? CopyOf(part, document));
            }

            message["give"] = new JsonObject(news.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value.Content)));
            foreach (var (part, copy) in news)
            {
                _given[part] = copy.Version;
            }
        }

        return message;
    }

    private async Task<Dictionary<string, Copy>> NewsAsync(LivingDocument document, CancellationToken stop)
    {
        List<string> old;
        lock (_gate)
        {
            old = [.. LivingDocument.Parts.Where(part => _given.GetValueOrDefault(part) != document.Version(part))];
        }

        return old.Count == 0 ? [] : await document.HoldAsync(() => Task.FromResult(old.ToDictionary(part => part, part => CopyOf(part, document))), stop);
    }

    private static Copy CopyOf(string part, LivingDocument document) => new((JsonObject)document[part].DeepClone(), document.Version(part));

    // Answers of several threads may overtake each other; the one that was made last counts.
    private async Task TakeAsync(Control? control, JsonObject answer, LivingDocument document)
    {
        foreach (var unsaid in answer["unsaid"] as JsonArray ?? [])
        {
            warn("CRT2345", $"What {(control is null ? "a handler" : $"the control {control.Name}")} wrote cannot leave Python: {unsaid}.");
        }

        if ((int?)answer["version"] is not { } version)
        {
            return;
        }

        await document.HoldAsync(() =>
        {
            lock (_gate)
            {
                foreach (var part in LivingDocument.Parts.Where(part => answer[part] is JsonObject && _taken.GetValueOrDefault(part) < version))
                {
                    document.Replace(part, (JsonObject)answer[part]!);
                    (_taken[part], _given[part]) = (version, document.Version(part));
                }
            }

            return Task.FromResult(true);
        }, CancellationToken.None);
    }

    private sealed record Copy(JsonObject Content, int Version);
}
