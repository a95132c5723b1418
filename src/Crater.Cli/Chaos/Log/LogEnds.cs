using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos.Log;

/// <summary>The console: standard error, so that results can be piped.</summary>
internal sealed class ConsoleEnd(TextWriter console, ChaosLevel from, bool withPlace, bool coloured) : ILogEnd
{
    public void Write(LogEntry entry)
    {
        if (entry.Level >= from)
        {
            console.WriteLine(LogText.Of(entry, withPlace, coloured));
        }
    }

    public void Dispose() => console.Flush();
}

/// <summary>The console as one JSON object a line.</summary>
/// <param name="context">The same in all lines of one command.</param>
internal sealed class JsonConsoleEnd(TextWriter console, ChaosLevel from, string context) : ILogEnd
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(LogEntry entry)
    {
        if (entry.Level < from)
        {
            return;
        }

        // With the blanks that their writer puts between the parts: scripts grep for '"message": "'.
        console.WriteLine($"{{{string.Join(", ", Parts(entry).Select(part => $"\"{part.Name}\": {part.Value.ToJsonString(Plain)}"))}}}");
    }

    public void Dispose() => console.Flush();

    private IEnumerable<(string Name, JsonValue Value)> Parts(LogEntry entry) =>
    [
        ("context_id", JsonValue.Create(context)),
        ("process", JsonValue.Create(Environment.ProcessId)),
        ("asctime", JsonValue.Create(entry.At.ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture))),
        ("levelname", JsonValue.Create(LogText.Word(entry.Level))),
        ("module", JsonValue.Create(entry.Module)),
        ("lineno", JsonValue.Create(entry.Line)),
        ("message", JsonValue.Create(entry.Message)),
        ("timestamp", JsonValue.Create(entry.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture))),
    ];
}

/// <summary>The log file: always text, appended to, each line written whole.</summary>
internal sealed class FileEnd : ILogEnd
{
    private readonly FileStream _file;
    private readonly ChaosLevel _from;
    private bool _isFull;

    /// <exception cref="CraterException">CRT1230: it cannot be written.</exception>
    public FileEnd(string path, ChaosLevel from)
    {
        _from = from;
        try
        {
            _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1230", $"The log file {path} cannot be written: {error.Message} Give another with --log-file, or none with --no-log-file.", error);
        }
    }

    public void Write(LogEntry entry)
    {
        if (entry.Level < _from || _isFull)
        {
            return;
        }

        try
        {
            _file.Write(Encoding.UTF8.GetBytes(LogText.Of(entry, withPlace: true, coloured: false) + "\n"));
        }
        catch (IOException)
        {
            _isFull = true;     // a full disk ends the log and nothing else
        }
    }

    public void Dispose() => _file.Dispose();
}
