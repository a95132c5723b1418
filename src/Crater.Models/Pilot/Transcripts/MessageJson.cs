using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>Messages and answers as a transcript has them.</summary>
internal static class MessageJson
{
    public static JsonObject Write(Message message) => new()
    {
        ["role"] = message.Role.ToString().ToLowerInvariant(),
        ["text"] = message.Text,
        ["calls"] = Calls(message.ToolCalls),
        ["answers"] = message.ToolCallId,
        ["isError"] = message.IsError,
    };

    public static JsonObject Write(ModelAnswer answer) => new()
    {
        ["text"] = answer.Text,
        ["calls"] = Calls(answer.ToolCalls),
        ["finish"] = answer.Finish.ToString(),
        ["model"] = answer.Model,
        ["usage"] = new JsonObject { ["input"] = answer.Usage.Input, ["output"] = answer.Usage.Output, ["isEstimate"] = answer.Usage.IsEstimate },
        ["tries"] = answer.Tries,
        ["latencyMs"] = Math.Round(answer.Latency.TotalMilliseconds),
    };

    public static ModelAnswer Read(JsonObject answer) => new()
    {
        Text = answer["text"]!.GetValue<string>(),
        ToolCalls = [.. answer["calls"]!.AsArray().Select(call => new ToolCall(call!["id"]!.GetValue<string>(), call["name"]!.GetValue<string>(), call["arguments"]!.GetValue<string>()))],
        Finish = Enum.Parse<Finish>(answer["finish"]!.GetValue<string>()),
        Model = answer["model"]!.GetValue<string>(),
        Usage = new Usage(answer["usage"]!["input"]!.GetValue<long>(), answer["usage"]!["output"]!.GetValue<long>(), answer["usage"]!["isEstimate"]!.GetValueKind() == JsonValueKind.True),
        Tries = answer["tries"]!.GetValue<int>(),
        Latency = TimeSpan.FromMilliseconds(answer["latencyMs"]!.GetValue<double>()),
    };

    private static JsonArray Calls(IReadOnlyList<ToolCall> calls) =>
        new([.. calls.Select(call => (JsonNode?)new JsonObject { ["id"] = call.Id, ["name"] = call.Name, ["arguments"] = call.Arguments })]);
}
