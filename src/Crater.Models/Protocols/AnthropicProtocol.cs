using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Protocols;

/// <summary>Anthropic's own messages, since its compatible endpoint ignores schemas.</summary>
internal sealed class AnthropicProtocol : IProtocol
{
    public string Path => "messages";

    // It has no mode that promises JSON without a schema.
    public IReadOnlyList<Rung> Rungs { get; } = [Rung.StrictSchema, Rung.ToolCall, Rung.Prompt];

    public IEnumerable<(string Name, string Value)> Headers(Provider provider)
    {
        yield return ("anthropic-version", "2023-06-01");
        if (!provider.Key.IsEmpty)
        {
            yield return ("x-api-key", provider.Key.Reveal());
        }
    }

    public JsonObject Write(ModelRequest request, Provider provider)
    {
        var body = new JsonObject { ["model"] = provider.Model, ["max_tokens"] = request.OutputTokensMax };
        var system = string.Join("\n\n", request.Messages.Where(message => message.Role == Role.System).Select(message => message.Text));
        if (system.Length > 0)
        {
            body["system"] = system;
        }

        body["messages"] = Messages(request.Messages);
        var tools = request.Tools.Select(tool => (JsonNode?)Tool(tool.Name, tool.Description, tool.Parameters)).ToList();
        if (request.Form is { Rung: Rung.StrictSchema } strict)
        {
            body["output_config"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "json_schema", ["schema"] = strict.Schema.DeepClone() } };
        }
        else if (request.Form is { Rung: Rung.ToolCall } form)
        {
            tools.Add(Tool(form.Name, "Hands in the answer.", form.Schema));
            body["tool_choice"] = new JsonObject { ["type"] = "tool", ["name"] = form.Name };
        }

        if (tools.Count > 0)
        {
            body["tools"] = Json.Array(tools);
        }

        if (request.Stream)
        {
            body["stream"] = true;
        }

        return body;
    }

    public ReadAnswer Read(JsonElement body)
    {
        if (body.Of("content") is not { ValueKind: JsonValueKind.Array })
        {
            throw new FormatException("it has no 'content'");
        }

        var text = string.Concat(body.Items("content").Where(block => block.Text("type") == "text").Select(block => block.Text("text")));
        var calls = body.Items("content").Where(block => block.Text("type") == "tool_use").Select((block, i) =>
            new ToolCall(block.Text("id") is { Length: > 0 } id ? id : $"call-{i + 1}", block.Text("name"), block.Of("input")?.GetRawText() ?? "")).ToArray();
        var finish = FinishOf(body.Text("stop_reason"), calls.Length);
        return new ReadAnswer(text, calls, finish, finish == Finish.Refused ? Said(text) : "", UsageOf(body), body.Text("model"));
    }

    public IStreamReading Streaming() => new AnthropicStream();

    internal static Finish FinishOf(string reason, int calls) => reason switch
    {
        "end_turn" or "stop_sequence" => calls > 0 ? Finish.ToolCalls : Finish.Complete,
        "max_tokens" or "model_context_window_exceeded" => Finish.Truncated,
        "tool_use" => Finish.ToolCalls,
        "refusal" => Finish.Refused,
        _ => Finish.Unknown,
    };

    internal static string Said(string text) => text.Length > 0 ? text : "no reason given";

    private static Usage? UsageOf(JsonElement body) =>
        body.Of("usage") is { } usage && usage.Whole("input_tokens") is { } input && usage.Whole("output_tokens") is { } output ? new Usage(input, output) : null;

    private static JsonObject Tool(string name, string description, JsonObject parameters) => new()
    {
        ["name"] = name,
        ["description"] = description,
        ["input_schema"] = parameters.DeepClone(),
    };

    /// <summary>Results of tools are said by the user, and neighbours with one role become one message: the protocol wants them to alternate.</summary>
    private static JsonArray Messages(IReadOnlyList<Message> messages)
    {
        List<(string Role, JsonArray Blocks)> written = [];
        foreach (var message in messages.Where(message => message.Role != Role.System))
        {
            var role = message.Role == Role.Assistant ? "assistant" : "user";
            if (written.Count == 0 || written[^1].Role != role)
            {
                written.Add((role, []));
            }

            foreach (var block in Blocks(message))
            {
                written[^1].Blocks.Add((JsonNode)block);
            }
        }

        return Json.Array(written.Select(message => (JsonNode?)new JsonObject { ["role"] = message.Role, ["content"] = message.Blocks }));
    }

    private static IEnumerable<JsonObject> Blocks(Message message)
    {
        if (message.Role == Role.Tool)
        {
            yield return new JsonObject
            {
                ["type"] = "tool_result",
                ["tool_use_id"] = message.ToolCallId,
                ["content"] = message.Text,
                ["is_error"] = message.IsError,
            };
            yield break;
        }

        // An empty text is refused.
        if (message.Text.Length > 0)
        {
            yield return new JsonObject { ["type"] = "text", ["text"] = message.Text };
        }

        foreach (var call in message.ToolCalls)
        {
            var input = Json.TryParse(call.Arguments) is { ValueKind: JsonValueKind.Object } arguments ? JsonObject.Create(arguments) : [];
            yield return new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = input };
        }
    }
}
