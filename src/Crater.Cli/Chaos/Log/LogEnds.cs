using System.Globalization;
using System.Text;
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
    public void Write(LogEntry entry)
    {
        if (entry.Level < from)
        {
            return;
        }

        var line = new JsonObject
        {
            ["context_id"] = context,
            ["process"] = Environment.ProcessId,
            ["asctime"] = entry.At.ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture),
            ["levelname"] = LogText.Word(entry.Level),
            ["module"] = entry.Module,
            ["lineno"] = entry.Line,
            ["message"] = entry.Message,
            ["timestamp"] = entry.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture),
        };
        console.WriteLine(line.ToJsonString());
    }

    public void Dispose() => console.Flush();
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
