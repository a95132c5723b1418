using System.Text.Json.Nodes;

namespace Crater.Tests.Models.Scripted;

/// <summary>What the script says, before it is put into the shape of a protocol.</summary>
internal sealed record Reply
{
    public string Text { get; init; } = "";

    public IReadOnlyList<(string Id, string Name, string Arguments)> Calls { get; init; } = [];

    /// <summary>stop, length, tool_calls or refusal, whatever a protocol calls it.</summary>
    public string Finish { get; init; } = "stop";

    public bool HasUsage { get; init; } = true;

    public bool HasChoices { get; init; } = true;

    public int Input { get; init; } = 100;

    public int Output { get; init; } = 20;
}

/// <summary>Replies as OpenAI's and Anthropic's servers write them.</summary>
internal static class Shapes
{
    public static JsonObject OpenAi(Reply reply)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = reply.Finish == "refusal" ? null : reply.Text };
        if (reply.Finish == "refusal")
        {
            message["refusal"] = reply.Text;
        }

        if (reply.Calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. reply.Calls.Select(call => (JsonNode?)new JsonObject
            {
                ["id"] = call.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            })]);
        }

        var body = new JsonObject
        {
            ["id"] = "chatcmpl-script",
            ["object"] = "chat.completion",
            ["model"] = "script-1",
            ["choices"] = reply.HasChoices ? new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = OpenAiFinish(reply) }) : new JsonArray(),
        };
        if (reply.HasUsage)
        {
            body["usage"] = new JsonObject { ["prompt_tokens"] = reply.Input, ["completion_tokens"] = reply.Output };
        }

        return body;
    }

    public static IEnumerable<string> OpenAiEvents(Reply reply)
    {
        string Event(JsonObject delta, string? finish = null) => new JsonObject
        {
            ["model"] = "script-1",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
        }.ToJsonString();

        foreach (var piece in Pieces(reply.Text))
        {
            yield return Event(new JsonObject { [reply.Finish == "refusal" ? "refusal" : "content"] = piece });
        }

        for (var i = 0; i < reply.Calls.Count; i++)
        {
            var call = reply.Calls[i];
            yield return Event(Call(i, call.Id, call.Name, ""));
            foreach (var piece in Pieces(call.Arguments))
            {
                yield return Event(Call(i, "", "", piece));
            }
        }

        yield return Event([], OpenAiFinish(reply));
        if (reply.HasUsage)
        {
            yield return new JsonObject
            {
                ["choices"] = new JsonArray(),
                ["usage"] = new JsonObject { ["prompt_tokens"] = reply.Input, ["completion_tokens"] = reply.Output },
            }.ToJsonString();
        }

        yield return "[DONE]";
    }

    public static JsonObject Anthropic(Reply reply)
    {
        var content = new JsonArray();
        if (reply.Text.Length > 0)
        {
            content.Add((JsonNode)new JsonObject { ["type"] = "text", ["text"] = reply.Text });
        }

        foreach (var call in reply.Calls)
        {
            content.Add((JsonNode)new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = JsonNode.Parse(call.Arguments) });
        }

        var body = new JsonObject
        {
            ["id"] = "msg_script",
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = "script-1",
            ["content"] = content,
            ["stop_reason"] = AnthropicStop(reply),
        };
        if (reply.HasUsage)
        {
            body["usage"] = new JsonObject { ["input_tokens"] = reply.Input, ["output_tokens"] = reply.Output };
        }

        return body;
    }

    public static IEnumerable<string> AnthropicEvents(Reply reply)
    {
        yield return new JsonObject
        {
            ["type"] = "message_start",
            ["message"] = new JsonObject { ["model"] = "script-1", ["usage"] = new JsonObject { ["input_tokens"] = reply.Input, ["output_tokens"] = 1 } },
        }.ToJsonString();
        yield return """{"type":"ping"}""";
        yield return """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""";
        foreach (var piece in Pieces(reply.Text))
        {
            yield return new JsonObject { ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = piece } }.ToJsonString();
        }

        for (var i = 0; i < reply.Calls.Count; i++)
        {
            var (id, name, arguments) = reply.Calls[i];
            yield return new JsonObject { ["type"] = "content_block_start", ["index"] = i + 1, ["content_block"] = new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = name } }.ToJsonString();
            foreach (var piece in Pieces(arguments))
            {
                yield return new JsonObject { ["type"] = "content_block_delta", ["index"] = i + 1, ["delta"] = new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece } }.ToJsonString();
            }
        }

        yield return new JsonObject { ["type"] = "message_delta", ["delta"] = new JsonObject { ["stop_reason"] = AnthropicStop(reply) }, ["usage"] = new JsonObject { ["output_tokens"] = reply.Output } }.ToJsonString();
        yield return """{"type":"message_stop"}""";
    }

    private static JsonObject Call(int index, string id, string name, string arguments) => new()
    {
        ["tool_calls"] = new JsonArray(new JsonObject
        {
            ["index"] = index,
            ["id"] = id,
            ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments },
        }),
    };

    private static string OpenAiFinish(Reply reply) => reply.Finish == "refusal" ? "stop" : reply.Finish;

    private static string AnthropicStop(Reply reply) => reply.Finish switch { "stop" => "end_turn", "length" => "max_tokens", "tool_calls" => "tool_use", var other => other };

    // Cut where it hurts: in the middle of words, escapes and numbers.
    private static IEnumerable<string> Pieces(string text) => text.Chunk(7).Select(piece => new string(piece));
}
