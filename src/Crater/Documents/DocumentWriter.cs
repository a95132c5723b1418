using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Documents;

/// <summary>Writes data as YAML that people like to read and that <see cref="DocumentReader"/> and PyYAML read back as the same data.</summary>
public static class DocumentWriter
{
    // YAML allows a key of at most 1024 characters before its colon; a longer one is written with a question mark.
    private const int KeyLengthMax = 500;

    /// <param name="comment">Lines that go above the document as comments; empty for none.</param>
    public static string Yaml(JsonNode? json, string comment = "")
    {
        var text = new StringBuilder();
        foreach (var line in comment.Length > 0 ? comment.Split('\n') : [])
        {
            text.Append(line.Length > 0 ? "# " : "#").Append(line).Append('\n');
        }

        Write(json, 0, isInline: true, text);
        return text.ToString();
    }

    // Inline: the caller's line goes on (after a dash or at the very beginning), so that the first entry needs no indentation.
    private static void Write(JsonNode? json, int indent, bool isInline, StringBuilder text)
    {
        switch (json)
        {
            case JsonObject { Count: > 0 } map:
                foreach (var (key, value) in map)
                {
                    text.Append(' ', isInline ? 0 : indent);
                    isInline = false;
                    WriteKey(key, indent, text);
                    WriteValue(value, indent, text);
                }

                break;
            case JsonArray { Count: > 0 } list:
                foreach (var item in list)
                {
                    text.Append(' ', isInline ? 0 : indent).Append("- ");
                    isInline = false;
                    Write(item, indent + 2, isInline: true, text);
                }

                break;
            default:
                text.Append(Scalar(json, indent)).Append('\n');
                break;
        }
    }

    private static void WriteKey(string key, int indent, StringBuilder text)
    {
        var written = YamlText.Write(key, indent: null);
        text.Append(written.Length <= KeyLengthMax ? $"{written}:" : $"? {written}\n{new string(' ', indent)}:");
    }

    private static void WriteValue(JsonNode? value, int indent, StringBuilder text)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Write(value, indent + 2, isInline: false, text);
        }
        else
        {
            text.Append(' ').Append(Scalar(value, indent + 2)).Append('\n');
        }
    }

    private static string Scalar(JsonNode? json, int indent) => json switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ => json.GetValueKind() switch
        {
            JsonValueKind.String => YamlText.Write(json.GetValue<string>(), indent),
            JsonValueKind.Number => Number(json.ToJsonString()),
            _ => json.ToJsonString(),
        },
    };

    // Readers of YAML 1.1 take an exponent for one only behind a dot and with a sign: 1.0e+3.
    private static string Number(string json)
    {
        var exponent = json.IndexOfAny(['e', 'E']);
        if (exponent < 0)
        {
            return json;
        }

        var (mantissa, power) = (json[..exponent], json[(exponent + 1)..]);
        return $"{(mantissa.Contains('.') ? mantissa : mantissa + ".0")}e{(power[0] is '-' or '+' ? power : "+" + power)}";
    }
}
