using System.Text.Json.Nodes;

namespace Crater.Models.Safety;

/// <summary>What everything goes through that is sent, kept or handed out and holds words of others: prompts, narratives, transcripts, answers of tools. No control character and no secret comes out.</summary>
public static class Redaction
{
    public static string Of(string text) => Counted(text).Text;

    /// <summary>A copy with every text in it cleaned, names of properties too. A value whose property is called like a secret is one, whatever it looks like.</summary>
    public static JsonNode? Of(JsonNode? node) => Counted(node).Node;

    /// <returns>The clean text, and how many secrets were taken out.</returns>
    public static (string Text, int Found) Counted(string text) => SecretScan.Redact(PlainText.WithoutControls(text));

    /// <returns>The clean copy, and how many secrets were taken out.</returns>
    public static (JsonNode? Node, int Found) Counted(JsonNode? node)
    {
        var found = 0;
        return (Clean(node, ref found), found);
    }

    private static JsonNode? Clean(JsonNode? node, ref int found) => node switch
    {
        JsonObject map => CleanMap(map, ref found),
        JsonArray list => CleanList(list, ref found),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(CleanText(text, ref found)),
        _ => node?.DeepClone(),
    };

    private static JsonObject CleanMap(JsonObject map, ref int found)
    {
        var clean = new JsonObject();
        foreach (var (name, value) in map)
        {
            // Of two names that are the same when they are clean, the first one stays.
            var key = CleanText(name, ref found);
            if (!clean.ContainsKey(key))
            {
                clean[key] = value is JsonValue one && one.TryGetValue<string>(out var text) ? CleanProperty(key, text, ref found) : Clean(value, ref found);
            }
        }

        return clean;
    }

    private static JsonArray CleanList(JsonArray list, ref int found)
    {
        var clean = new JsonArray();
        foreach (var item in list)
        {
            clean.Add(Clean(item, ref found));
        }

        return clean;
    }

    // In JSON the name and the value of a secret stand apart, and the scan wants them together.
    private static JsonValue? CleanProperty(string name, string text, ref int found)
    {
        if (text.Length > 0 && SecretScan.Redact($"{name}={text}") is (var redacted, > 0) && redacted == $"{name}={SecretScan.Mark}")
        {
            found++;
            return JsonValue.Create(SecretScan.Mark);
        }

        return JsonValue.Create(CleanText(text, ref found));
    }

    private static string CleanText(string text, ref int found)
    {
        var (clean, more) = Counted(text);
        found += more;
        return clean;
    }
}
