using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Lab.Api;

/// <summary>Reads JSON as the real server does: of a field that comes twice the last one counts, and the path is told.</summary>
internal static class BodyReader
{
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonNode? Read(ReadOnlySpan<byte> bytes, List<string> duplicates)
    {
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        var read = Value(ref reader, "", duplicates);
        while (reader.Read())
        {
            // Only white space may follow; anything else is refused by the reader itself.
        }

        return read;
    }

    private static JsonNode? Value(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Map(ref reader, path, duplicates);
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(Value(ref reader, $"{path}[{list.Count}]", duplicates));
                }

                return list;
            default:
                return JsonNode.Parse(ref reader);
        }
    }

    private static JsonObject Map(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        var map = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (map.Remove(name))
            {
                duplicates.Add(at);
            }

            reader.Read();
            map[name] = Value(ref reader, at, duplicates);
        }

        return map;
    }
}
