using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models.Protocols;
using Crater.Models.Structure;
using static Crater.Models.Structure.Schema;

namespace Crater.Models.Checks;

/// <summary>Asks an endpoint four small questions and says what it can really do. Nothing about any system is told.</summary>
public static class ModelCheck
{
    private const int OutputTokens = 300;

    private static readonly JsonObject Colours = Object(("colour", Choice(["red", "green"], "A colour.")));

    private static readonly JsonObject Note = Object(("text", Text("What to note.")));

    /// <exception cref="CraterException">CRT7305 to CRT7313: there is no use in asking on.</exception>
    public static async Task<IReadOnlyList<Capability>> RunAsync(IModel model, CancellationToken abort) =>
    [
        // A question whose obvious answer the schema does not allow: who only says that it keeps to schemas gives itself away.
        await AskAsync(model, "strict schema", Request("Name the colour of a clear sky. Nothing but the colour, as JSON.", new AnswerForm("colour", Colours, Rung.StrictSchema)),
            answer => Keeps(answer.Text, Colours) ? "" : "the answer does not keep to the schema", abort),
        await AskAsync(model, "tools", Request("Note the text: crater.", new AnswerForm("note", Note, Rung.ToolCall)),
            answer => answer.ToolCalls is [{ Name: "note" } call] && Keeps(call.Arguments, Note) ? "" : "the tool is not called as it should be", abort),
        await AskAsync(model, "JSON", Request("Answer with a JSON object with the one key \"ok\" set to true.", new AnswerForm("ok", Note, Rung.JsonObject)),
            answer => Json.TryParse(answer.Text) is { ValueKind: JsonValueKind.Object } ? "" : "the answer is not one JSON object", abort),
        await AskAsync(model, "streaming", Request("Count from one to five in words.", form: null) with { Stream = true },
            answer => answer is { Finish: Finish.Complete, Text.Length: > 0 } ? "" : "the stream brings no whole answer", abort),
    ];

    private static async Task<Capability> AskAsync(IModel model, string name, ModelRequest request, Func<ModelAnswer, string> problem, CancellationToken abort)
    {
        try
        {
            var answer = await model.AskAsync(request, abort);
            var wrong = answer.Finish switch
            {
                Finish.Refused => "it declines to answer",
                Finish.Truncated => "the answer was cut off",
                _ => problem(answer),
            };
            return new Capability(name, wrong.Length == 0, wrong, answer.Latency, answer.Usage, answer.Model);
        }
        catch (CraterException error) when (error.Code == "CRT7308")
        {
            return new Capability(name, false, error.Message, TimeSpan.Zero, Usage.None, "");
        }
    }

    private static ModelRequest Request(string words, AnswerForm? form) => new() { Messages = [new Message(Role.User, words)], Form = form, OutputTokensMax = OutputTokens };

    private static bool Keeps(string text, JsonObject schema) => Json.TryParse(text) is { } value && SchemaCheck.Problems(value, schema).Count == 0;
}

/// <summary>One thing that an endpoint can do or cannot.</summary>
/// <param name="Detail">Why not; empty when it can.</param>
/// <param name="Model">As the endpoint names it; empty when it does not.</param>
public sealed record Capability(string Name, bool Works, string Detail, TimeSpan Latency, Usage Usage, string Model);
