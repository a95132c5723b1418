using System.Buffers;
using System.Text.Json;

namespace Shop.Hosting;

/// <summary>Structured log: one JSON object a line on standard output. Quiet: one line at the start, then warnings and errors.</summary>
internal sealed class Log(string role, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Stream _output = Console.OpenStandardOutput();

    public void Write(string level, string message, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", level);
            json.WriteString("role", role);
            json.WriteString("message", message);
            foreach (var (name, value) in fields)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        line.Write("\n"u8);
        lock (_gate)
        {
            _output.Write(line.WrittenSpan);
            _output.Flush();
        }
    }
}
