using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Protocols;

/// <summary>Chat completions, as OpenAI has them and most others offer too.</summary>
internal sealed class OpenAiProtocol : IProtocol
{
    public string Path => "chat/completions";

    public IReadOnlyList<Rung> Rungs { get; } = [Rung.StrictSchema, Rung.ToolCall, Rung.JsonObject, Rung.Prompt];

    public IEnumerable<(string Name, string Value)> Headers(Provider provider)
    {
        if (!provider.Key.IsEmpty)
        {
            var isBearer = provider.KeyHeader.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
            yield return (provider.KeyHeader, isBearer ? $"Bearer {provider.Key.Reveal()}" : provider.Key.Reveal());
        }
    }

    public JsonObject Write(ModelRequest request, Provider provider)
    {
        var body = new JsonObject
        {
            ["model"] = provider.Model,
            ["messages"] = Json.Array(request.Messages.Select(Message)),
            [provider.OutputLimitField] = request.OutputTokensMax,
        };
        var tools = request.Tools.Select(tool => (JsonNode?)Tool(tool.Name, tool.Description, tool.Parameters)).ToList();
        if (request.Form is { } form)
        {
            Ask(body, form, tools);
        }

        if (tools.Count > 0)
        {
            body["tools"] = Json.Array(tools);
        }

        if (request.Stream)
        {
            body["stream"] = true;
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }

    public ReadAnswer Read(JsonElement body)
    {
        if (body.Of("choices") is not { ValueKind: JsonValueKind.Array } choices)
        {
            throw new FormatException("it has no 'choices'");
        }

        var choice = choices.GetArrayLength() > 0 ? choices[0] : default;
        var message = choice.Of("message") ?? default;
        var refusal = message.Text("refusal");
        var calls = message.Items("tool_calls").Select((call, i) =>
            new ToolCall(call.Text("id") is { Length: > 0 } id ? id : $"call-{i + 1}", call.Of("function")?.Text("name") ?? "", Arguments(call))).ToArray();
        return new ReadAnswer(TextOf(message), calls, FinishOf(choice.Text("finish_reason"), refusal, calls.Length), refusal, UsageOf(body), body.Text("model"));
    }

    public IStreamReading Streaming() => new OpenAiStream();

    internal static Finish FinishOf(string reason, string refusal, int calls) => reason switch
    {
        _ when refusal.Length > 0 => Finish.Refused,
        "content_filter" => Finish.Refused,
        "length" => Finish.Truncated,
        "tool_calls" or "function_call" => Finish.ToolCalls,
        // Some servers end every answer with stop, also one that asks for tools.
        "stop" => calls > 0 ? Finish.ToolCalls : Finish.Complete,
        _ => calls > 0 ? Finish.ToolCalls : Finish.Unknown,
    };

    internal static Usage? UsageOf(JsonElement body) =>
        body.Of("usage") is { } usage && usage.Whole("prompt_tokens") is { } input && usage.Whole("completion_tokens") is { } output ? new Usage(input, output) : null;

    private static void Ask(JsonObject body, AnswerForm form, List<JsonNode?> tools)
    {
        switch (form.Rung)
        {
            case Rung.StrictSchema:
                body["response_format"] = new JsonObject
                {
                    ["type"] = "json_schema",
                    ["json_schema"] = new JsonObject { ["name"] = form.Name, ["strict"] = true, ["schema"] = form.Schema.DeepClone() },
                };
                break;
            case Rung.ToolCall:
                tools.Add(Tool(form.Name, "Hands in the answer.", form.Schema));
                body["tool_choice"] = new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = form.Name } };
                break;
            case Rung.JsonObject:
                body["response_format"] = new JsonObject { ["type"] = "json_object" };
                break;
        }
    }

    private static JsonObject Tool(string name, string description, JsonObject parameters) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["description"] = description, ["parameters"] = parameters.DeepClone() },
    };

    private static JsonObject Message(Message message)
    {
        var written = new JsonObject { ["role"] = message.Role.ToString().ToLowerInvariant(), ["content"] = message.Text };
        if (message.ToolCalls.Count > 0)
        {
            written["tool_calls"] = Json.Array(message.ToolCalls.Select(call => (JsonNode?)new JsonObject
            {
                ["id"] = call.Id,
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            }));
        }

        if (message.Role == Role.Tool)
        {
            written["tool_call_id"] = message.ToolCallId;
        }

        return written;
    }

    /// <summary>A text, or parts of which some are text.</summary>
    private static string TextOf(JsonElement message) => message.Of("content") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } => string.Concat(message.Items("content").Select(part => part.Text("text"))),
        _ => "",
    };

    /// <summary>A text with JSON in it; some servers write the JSON itself.</summary>
    private static string Arguments(JsonElement call) => call.Of("function")?.Of("arguments") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
        null => "",
    };
}
