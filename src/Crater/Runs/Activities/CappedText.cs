using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities;

/// <summary>Keeps the beginning of what may be very long, and says that it was cut.</summary>
internal static class CappedText
{
    /// <value>How much of each of a program's outputs and of a server's body is kept. Unit: bytes.</value>
    public const int OutputMax = 1024 * 1024;

    /// <value>How much of an activity's whole output is kept, as JSON text: more than two outputs that are all escapes. Unit: characters.</value>
    private const int JsonMax = 16 * OutputMax;

    /// <summary>The value as JSON text; a longer one becomes the beginning of that text, as one JSON string.</summary>
    public static string Json(JsonNode? value)
    {
        var text = Write(value);
        return text.Length <= JsonMax ? text : Write(JsonValue.Create(text[..JsonMax] + Cut(JsonMax)));
    }

    public static string Cut(int max) => $" [cut after {max} characters]";

    private static string Write(JsonNode? value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
