using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>Whether what was found is what was asked for, with the corpus' few freedoms.</summary>
internal static class JsonLikeness
{
    private const string Masked = "*****";

    /// <param name="fill">What the placeholders of asked texts stand for.</param>
    /// <remarks>Of the headers of a response only those that are asked for count: the others are the server's.</remarks>
    public static bool Like(JsonNode? asked, JsonNode? found, Func<string, string> fill) => (asked, found) switch
    {
        (JsonValue text, _) when text.TryGetValue<string>(out var any) && any == Placeholders.Any => found is not null,
        (JsonObject left, JsonObject right) => left.Count == right.Count && left.All(pair => right.TryGetPropertyValue(pair.Key, out var value)
            && (pair.Key == "headers" && left.ContainsKey("body") ? Holds(value, pair.Value) : Like(pair.Value, value, fill))),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(pair => Like(pair.First, pair.Second, fill)),
        (JsonValue left, JsonValue right) when left.TryGetValue<string>(out var wanted) && right.TryGetValue<string>(out var text) => fill(wanted) == text,
        _ => JsonNode.DeepEquals(asked, found),
    };

    /// <summary>Equal but for secrets, which are masked in what was found.</summary>
    public static bool LikeMasked(JsonNode? asked, JsonNode? found) => (asked, found) switch
    {
        (JsonObject left, JsonObject right) => left.Select(pair => pair.Key).SequenceEqual(right.Select(pair => pair.Key)) && left.All(pair => LikeMasked(pair.Value, right[pair.Key])),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(pair => LikeMasked(pair.First, pair.Second)),
        (JsonValue left, JsonValue right) when right.TryGetValue<string>(out var text) && text.Contains(Masked, StringComparison.Ordinal) =>
            Regex.IsMatch($"{left}", "^" + Regex.Escape(text).Replace(Regex.Escape(Masked), ".+", StringComparison.Ordinal) + @"\z", RegexOptions.Singleline),
        _ => JsonNode.DeepEquals(asked, found),
    };

    private static bool Holds(JsonNode? found, JsonNode? asked) => found is JsonObject headers && asked is JsonObject wanted
        && wanted.All(pair => headers.Any(header => header.Key.Equals(pair.Key, StringComparison.OrdinalIgnoreCase) && JsonNode.DeepEquals(header.Value, pair.Value)));
}
