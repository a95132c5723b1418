using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities;

/// <summary>Reads texts that may never end, keeps their beginning, and says that it was cut.</summary>
internal static class CappedText
{
    /// <value>How much of each of a program's outputs, and of an output in the journal, is kept. Unit: characters.</value>
    public const int OutputMax = 1024 * 1024;

    /// <summary>Reads to the end and keeps at most <paramref name="max"/> characters. When asked to stop, what was read so far is the answer.</summary>
    public static async Task<string> ReadAsync(TextReader reader, int max, CancellationToken stop)
    {
        var kept = new StringBuilder();
        var buffer = new char[8192];
        var seen = 0L;
        try
        {
            for (int read; (read = await reader.ReadAsync(buffer, stop)) > 0; seen += read)
            {
                kept.Append(buffer, 0, (int)Math.Min(read, Math.Max(0, max - seen)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other end was killed, or keeps its pipe open for ever; what it said before still counts.
        }

        return seen > max ? kept.Append(Cut(max)).ToString() : kept.ToString();
    }

    /// <summary>The value as JSON text; a longer one becomes the beginning of that text, as one JSON string.</summary>
    public static string Json(JsonNode? value)
    {
        var text = Write(value);
        return text.Length <= OutputMax ? text : Write(JsonValue.Create(text[..OutputMax] + Cut(OutputMax)));
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
