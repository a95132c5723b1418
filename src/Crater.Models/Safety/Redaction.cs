using System.Text.Json.Nodes;

namespace Crater.Models.Safety;

/// <summary>What everything goes through that is kept or handed out and holds words of others: narratives, transcripts, answers of tools. No control character and no secret comes out.</summary>
public static class Redaction
{
    public static string Of(string text) => SecretScan.Redact(PlainText.WithoutControls(text)).Text;

    /// <summary>A copy with every text in it cleaned, names of properties too. A value whose property is called like a secret is one, whatever it looks like.</summary>
    public static JsonNode? Of(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.GroupBy(pair => Of(pair.Key), StringComparer.Ordinal).Select(pairs => KeyValuePair.Create(
            pairs.Key, pairs.First().Value is JsonValue value && value.TryGetValue<string>(out var text) ? OfProperty(pairs.Key, text) : Of(pairs.First().Value)))),
        JsonArray list => new JsonArray([.. list.Select(Of)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Of(text)),
        _ => node?.DeepClone(),
    };

    // In JSON the name and the value of a secret stand apart, and the scan wants them together.
    private static JsonValue? OfProperty(string name, string text) =>
        text.Length > 0 && SecretScan.Redact($"{name}={text}") is (var redacted, > 0) && redacted == $"{name}={SecretScan.Mark}" ? JsonValue.Create(SecretScan.Mark) : JsonValue.Create(Of(text));
}
