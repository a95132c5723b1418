using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models.Safety;

namespace Crater.Models.Structure;

/// <summary>
/// Gets an answer of a given form from any model: with a strict schema where the endpoint takes one, else as a tool's arguments, else as JSON, else by asking nicely. Each answer is
/// checked here; a wrong one goes back with what is wrong with it, twice in all, and then this gives up.
/// </summary>
public sealed class AnswerLadder(IModel model, IReadOnlyList<Rung> rungs)
{
    /// <summary>How often a wrong answer is sent back.</summary>
    public const int RepairsMax = 2;

    /// <summary>An answer that was cut off gets this much more room.</summary>
    private const int MoreRoom = 2;

    /// <param name="check">What is wrong with an answer beyond its form; empty when nothing is.</param>
    /// <exception cref="CraterException">CRT7314: the model declines. CRT7315: the answers stay wrong. Else what <see cref="IModel.AskAsync"/> throws.</exception>
    public async Task<FormedAnswer> AskAsync(
        IReadOnlyList<Message> messages, string name, JsonObject schema, int outputTokensMax, Func<JsonElement, IReadOnlyList<string>> check, CancellationToken abort)
    {
        List<Message> conversation = [.. messages];
        var (rung, repairs, room, usage) = (0, 0, outputTokensMax, Usage.None);
        while (true)
        {
            ModelAnswer answer;
            try
            {
                answer = await model.AskAsync(Request(conversation, new AnswerForm(name, schema, rungs[rung]), room), abort);
            }
            catch (CraterException error) when (error.Code == "CRT7308" && rung < rungs.Count - 1)
            {
                // The endpoint does not take this form of asking; the next one asks for less.
                rung++;
                continue;
            }

            usage += answer.Usage;
            if (answer.Finish == Finish.Refused)
            {
                throw new CraterException("CRT7314", $"{model.Provider.Name} declines to answer: {PlainText.Prose(answer.Refusal.Length > 0 ? answer.Refusal : "no reason given", 200)}");
            }

            var (value, problems) = Read(answer, name, schema, rungs[rung], check);
            if (problems.Count == 0)
            {
                return new FormedAnswer(value!.Value, rungs[rung], repairs, usage, answer.Model);
            }

            if (repairs++ == RepairsMax)
            {
                throw new CraterException("CRT7315", $"The answers of {model.Provider.Name} stayed unusable after {RepairsMax} corrections: {string.Join("; ", problems)}.");
            }

            room = answer.Finish == Finish.Truncated ? room * MoreRoom : room;
            conversation = [.. messages, .. Repair(answer, problems)];
        }
    }

    private static (JsonElement? Value, IReadOnlyList<string> Problems) Read(
        ModelAnswer answer, string name, JsonObject schema, Rung rung, Func<JsonElement, IReadOnlyList<string>> check)
    {
        if (answer.Finish == Finish.Truncated)
        {
            return (null, ["the answer was cut off; write less"]);
        }

        var call = answer.ToolCalls.FirstOrDefault(call => call.Name == name);
        if (call is null && rung == Rung.ToolCall && answer.ToolCalls.Count > 0)
        {
            return (null, [$"there is no tool '{PlainText.Prose(answer.ToolCalls[0].Name, 60)}'; call {name}"]);
        }

        var text = call?.Arguments ?? answer.Text;
        if (text.Trim().Length == 0)
        {
            return (null, ["the answer is empty"]);
        }

        if (JsonInText.Find(text) is not { } value)
        {
            return (null, ["the answer is not JSON, or has a key twice"]);
        }

        var problems = SchemaCheck.Problems(value, schema);
        return (value, problems.Count > 0 ? problems : check(value));
    }

    private static ModelRequest Request(IReadOnlyList<Message> messages, AnswerForm form, int room) => new()
    {
        Messages = form.Rung is Rung.JsonObject or Rung.Prompt ? [.. messages, AskForJson(form)] : messages,
        Form = form,
        OutputTokensMax = room,
    };

    private static Message AskForJson(AnswerForm form) =>
        new(Role.User, $"Answer with one JSON object and nothing else. It has to keep to this JSON Schema:\n{form.Schema.ToJsonString()}");

    /// <summary>What was wrong, by place. The wrong answer itself is not repeated: it may be long, and it is not to be trusted.</summary>
    private static IEnumerable<Message> Repair(ModelAnswer answer, IReadOnlyList<string> problems)
    {
        yield return new Message(Role.Assistant, answer.Finish == Finish.Truncated ? "(an answer that was cut off)" : "(an answer that could not be used)");
        yield return new Message(Role.User, $"Your last answer could not be used. Give the whole answer again, with this put right:\n{string.Join('\n', problems.Select(problem => $"- {problem}"))}");
    }
}

/// <summary>An answer that keeps to its form.</summary>
/// <param name="Rung">On which rung it was got.</param>
/// <param name="Repairs">How many answers were sent back before it.</param>
/// <param name="Usage">Of all calls together.</param>
/// <param name="Model">As the endpoint names it; empty when it does not.</param>
public sealed record FormedAnswer(JsonElement Value, Rung Rung, int Repairs, Usage Usage, string Model);
