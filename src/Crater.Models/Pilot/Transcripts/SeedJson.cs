using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Pilot.Transcripts;

/// <summary>A session in the shape of AutoChaos' <c>autochaos.json</c>: a list of messages with role and content. Unlike there, each action has its result behind it, errors included.</summary>
public static class SeedJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IReadOnlyList<JsonObject> records)
    {
        var messages = new JsonArray();
        foreach (var record in records)
        {
            switch (record["kind"]!.GetValue<string>())
            {
                case "prompt":
                    Add(messages, "system", record["system"]!.GetValue<string>());
                    break;
                case "request":
                    foreach (var message in record["messages"]!.AsArray().Where(message => message!["role"]!.GetValue<string>() == "user"))
                    {
                        Add(messages, "user", message!["text"]!.GetValue<string>());
                    }

                    break;
                case "answer" when record["error"] is null:
                    var calls = record["calls"]!.AsArray().Select(call => $"{call!["name"]!.GetValue<string>().ToUpperInvariant()} {call["arguments"]!.GetValue<string>()}");
                    Add(messages, "assistant", string.Join('\n', calls.Prepend(record["text"]!.GetValue<string>()).Where(text => text.Length > 0)));
                    break;
                case "result":
                    Add(messages, "user", $"{record["tool"]!.GetValue<string>().ToUpperInvariant()}: {record["outcome"]!.GetValue<string>()}: {record["text"]!.GetValue<string>()}");
                    break;
                case "end":
                    Add(messages, "user", $"{record["state"]!.GetValue<string>()}: {record["reason"]!.GetValue<string>()}");
                    break;
            }
        }

        return messages.ToJsonString(Indented) + "\n";
    }

    private static void Add(JsonArray messages, string role, string content) => messages.Add((JsonNode)new JsonObject { ["role"] = role, ["content"] = content });
}
