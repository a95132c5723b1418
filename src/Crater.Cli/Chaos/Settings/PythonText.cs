using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Settings;

/// <summary>Data as Python writes it: <c>{'status': 0, 'stdout': 'hi\n'}</c>. Log lines and <c>settings get --format string</c> look like that.</summary>
internal static class PythonText
{
    /// <summary>As <c>str()</c> does: a text stands there without quotes.</summary>
    public static string Of(JsonNode? json) => json?.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : Inner(json);

    private static string Inner(JsonNode? json) => json switch
    {
        JsonObject map => $"{{{string.Join(", ", map.Select(pair => $"{Quoted(pair.Key)}: {Inner(pair.Value)}"))}}}",
        JsonArray list => $"[{string.Join(", ", list.Select(Inner))}]",
        _ => json?.GetValueKind() switch
        {
            null or JsonValueKind.Null => "None",
            JsonValueKind.True => "True",
            JsonValueKind.False => "False",
            JsonValueKind.String => Quoted(json.GetValue<string>()),
            _ => json.ToJsonString(),
        },
    };

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var written = new StringBuilder().Append(quote);
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\\' => written.Append("\\\\"),
                '\n' => written.Append("\\n"),
                '\r' => written.Append("\\r"),
                '\t' => written.Append("\\t"),
                _ when letter == quote => written.Append('\\').Append(letter),
                < ' ' or '\x7f' => written.Append($"\\x{(int)letter:x2}"),
                _ => written.Append(letter),
            };
        }

        return written.Append(quote).ToString();
    }
}
