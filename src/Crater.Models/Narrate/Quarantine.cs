using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models.Prompts;
using Crater.Models.Protocols;
using Crater.Models.Safety;
using Crater.Models.Structure;
using Crater.Reports.Causes;
using static Crater.Models.Structure.Schema;

namespace Crater.Models.Narrate;

/// <summary>
/// Reads messages of others where no pattern knows them: in a call of its own, without tools, without anything else that is known, and with nothing to answer but the kind of each message. The
/// worst that a message can do is to be taken for another kind.
/// </summary>
public sealed class Quarantine(HttpModel model, PromptBook prompts)
{
    public const int MessagesMax = 20;

    /// <value>Unit: characters of one message.</value>
    public const int MessageMax = 240;

    private const string FormName = "message_kinds_v1";

    /// <value>Unit: tokens; an answer is some ten for each message.</value>
    private const int OutputTokensMax = 600;

    private static readonly MessageKind[] Kinds = [.. Enum.GetValues<MessageKind>().Where(kind => kind != MessageKind.None)];

    /// <returns>By the id of the fact; without those that stay unclear. Empty when the model is of no help: nothing depends on it.</returns>
    public async Task<IReadOnlyDictionary<string, MessageKind>> ReadAsync(CaseFile file, CancellationToken abort)
    {
        var unclear = file.Facts.All.Where(fact => fact.Message.Length > 0 && MessageKinds.Of(fact.Message) == MessageKind.Unclear).Take(MessagesMax).ToList();
        if (unclear.Count == 0)
        {
            return new Dictionary<string, MessageKind>();
        }

        Message[] messages =
        [
            new(Role.System, prompts.Render("messages-system", new Dictionary<string, object>())),
            new(Role.User, prompts.Render("messages", new Dictionary<string, object>
            {
                ["messages"] = unclear.Select(fact => $"{fact.Id} {JsonValue.Create(PlainText.Line(Redaction.Of(fact.Message), MessageMax)).ToJsonString()}").ToArray(),
            })),
        ];
        try
        {
            var answer = await new AnswerLadder(model, model.Rungs).AskAsync(messages, FormName, Write(unclear), OutputTokensMax, _ => [], abort);
            return answer.Value.Items("messages").DistinctBy(item => item.Text("id")).Select(item => (Id: item.Text("id"), Kind: KindOf(item)))
                .Where(read => read.Kind != MessageKind.Unclear).ToDictionary(read => read.Id, read => read.Kind, StringComparer.Ordinal);
        }
        catch (CraterException error) when (error.Code is not ("CRT7316" or "CRT7313"))
        {
            return new Dictionary<string, MessageKind>();
        }
    }

    private static JsonObject Write(IReadOnlyList<Fact> unclear) => Schema.Object(("messages", List(
        Schema.Object(("id", Choice(unclear.Select(fact => fact.Id), "The message.")), ("kind", Choice(Kinds.Select(kind => kind.Text()), "What it is about."))),
        "Each message once.")));

    private static MessageKind KindOf(JsonElement item) => Kinds.FirstOrDefault(kind => kind.Text() == item.Text("kind"), MessageKind.Unclear);
}
