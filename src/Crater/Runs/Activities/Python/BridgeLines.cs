using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Python;

/// <summary>Cuts what comes through the pipe into messages, one a line. A line without end is an end.</summary>
internal sealed class BridgeLines(Stream stream, int lineMax)
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    /// <summary>Hands over each message until the pipe ends, and then says why it ended; empty when the other side just closed it.</summary>
    /// <param name="other">Given what is no message: prints of code that runs before the bridge does.</param>
    public async Task<string> ReadAsync(Action<JsonObject> message, Action<string> other)
    {
        var buffer = new byte[64 * 1024];
        var line = new ArrayBufferWriter<byte>();
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                for (var rest = buffer.AsMemory(0, read); rest.Length > 0;)
                {
                    var end = rest.Span.IndexOf((byte)'\n');
                    line.Write(rest.Span[..(end < 0 ? rest.Length : end)]);
                    if (line.WrittenCount > lineMax)
                    {
                        return $"it sent a line of more than {lineMax} bytes";
                    }

                    if (end < 0)
                    {
                        break;
                    }

                    Deliver(line.WrittenSpan, message, other);
                    line.ResetWrittenCount();
                    rest = rest[(end + 1)..];
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Killed, or closed by us.
        }

        return "";
    }

    private static void Deliver(ReadOnlySpan<byte> line, Action<JsonObject> message, Action<string> other)
    {
        try
        {
            if (JsonNode.Parse(line, documentOptions: Deep) is JsonObject map)
            {
                message(map);
                return;
            }
        }
        catch (JsonException)
        {
            // Not ours.
        }

        other(Encoding.UTF8.GetString(line));
    }
}
