using Crater.Diagnostics;
using Crater.Models.Prompts;
using Crater.Models.Safety;
using Crater.Models.Tools;

namespace Crater.Models.Pilot.Minds;

/// <summary>A model as chaos engineer: with tools where the endpoint has them, else with action lines in plain text.</summary>
public sealed class ModelMind(HttpModel model, PromptBook prompts, int outputTokensMax = ModelMind.OutputTokens) : IMind
{
    private const int OutputTokens = 1_000;

    private ToolBox? _tools;
    private bool _isPlain;

    public string Name => $"model {model.Provider.Name} {PlainText.Prose(model.Provider.Model, 80)}";

    /// <summary>The model's system prompt; <see langword="true"/> for one that tells the actions in words.</summary>
    internal static string System(PromptBook prompts, ToolBox tools, bool isPlain) => prompts.Render("pilot-system", new Dictionary<string, object>
    {
        ["plain"] = isPlain,
        ["actions"] = tools.Tools.Select(tool => tool.Line).ToArray(),
    });

    /// <summary>To be called once, before the first question.</summary>
    internal void Bind(ToolBox tools) => _tools = tools;

    public async Task<ModelAnswer> NextAsync(IReadOnlyList<Message> messages, CancellationToken abort)
    {
        ModelAnswer answer;
        try
        {
            answer = await AskAsync(messages, abort);
        }
        catch (CraterException error) when (error.Code == "CRT7308" && !_isPlain)
        {
            // The endpoint does not take tools; the same can be said in words.
            _isPlain = true;
            answer = await AskAsync(messages, abort);
        }

        return answer.Finish != Finish.Refused ? answer
            : throw new CraterException("CRT7314", $"{model.Provider.Name} declines to answer: {PlainText.Prose(answer.Refusal.Length > 0 ? answer.Refusal : "no reason given", 200)}");
    }

    private Task<ModelAnswer> AskAsync(IReadOnlyList<Message> messages, CancellationToken abort) => model.AskAsync(
        new ModelRequest
        {
            Messages = [new Message(Role.System, System(prompts, _tools!, _isPlain)), .. _isPlain ? messages.Select(InWords) : messages],
            Tools = _isPlain ? [] : _tools!.Offers,
            OutputTokensMax = outputTokensMax,
        },
        abort);

    private static Message InWords(Message message) => message.Role switch
    {
        Role.Tool => new Message(Role.User, $"RESULT {message.Text}"),
        Role.Assistant when message.ToolCalls.Count > 0 => new Message(Role.Assistant, $"{message.Text}\n{string.Join('\n', message.ToolCalls.Select(call => $"{call.Name.ToUpperInvariant()} {call.Arguments}"))}".Trim()),
        _ => message,
    };
}
