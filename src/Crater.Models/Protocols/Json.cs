using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Models.Protocols;

/// <summary>Reading JSON of others: what is not there, or of another kind, is null.</summary>
internal static class Json
{
    private static readonly JsonDocumentOptions Careful = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    public static JsonElement? Of(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string Text(this JsonElement element, string name) =>
        element.Of(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    public static long? Whole(this JsonElement element, string name) =>
        element.Of(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var whole) && whole >= 0 ? whole : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Of(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>Null when it is no JSON, too deep, or has a key twice.</summary>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Careful);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonArray Array(IEnumerable<JsonNode?> items) => new([.. items]);
}
