using System.Text;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities.Python;

/// <summary>What the user's code prints and logs: passed on line by line, masked, and only so much of it.</summary>
internal sealed class BridgeOutput(Action<PythonLine>? log)
{
    /// <value>How much of all that is printed and logged in a run is passed on. Unit: characters.</value>
    private const int TotalMax = 4 * 1024 * 1024;

    private const int LineMax = 8192;
    private const int TailLines = 5;

    private readonly Queue<string> _tail = new();
    private readonly Lock _gate = new();
    private long _seen;

    /// <summary>Hidden in everything that is passed on.</summary>
    public Secrets Secrets { get; set; } = Secrets.None;

    /// <summary>The last lines that were printed, for an error message; empty when there were none.</summary>
    public string Tail()
    {
        lock (_gate)
        {
            return _tail.Count == 0 ? "" : $" It last printed: {string.Join(" | ", _tail).TrimEnd('.')}.";
        }
    }

    /// <summary>Reads to the end, so that whoever prints never waits; what is too much is read and dropped.</summary>
    public async Task PumpAsync(StreamReader reader)
    {
        var buffer = new char[8192];
        var line = new StringBuilder();
        try
        {
            for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
            {
                foreach (var character in buffer.AsMemory(0, read).ToArray())
                {
                    if (character == '\n')
                    {
                        Print(line.ToString());
                        line.Clear();
                    }
                    else if (line.Length < LineMax)
                    {
                        line.Append(character);
                    }
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Killed, or closed by us.
        }

        if (line.Length > 0)
        {
            Print(line.ToString());
        }
    }

    public void Print(string text)
    {
        text = Secrets.Mask(text.TrimEnd('\r'));
        lock (_gate)
        {
            _tail.Enqueue(text.Length > 200 ? text[..200] : text);
            if (_tail.Count > TailLines)
            {
                _tail.Dequeue();
            }
        }

        Pass(new PythonLine(20, "python", text));
    }

    public void Log(JsonObject record) =>
        Pass(new PythonLine((int?)record["level"] ?? 20, $"{record["module"]}:{record["line"]}", Secrets.Mask((string?)record["log"] ?? "")));

    /// <summary>Something about the interpreter itself that the user should know.</summary>
    public void Warn(string text) => log?.Invoke(new PythonLine(30, "crater", Secrets.Mask(text)));

    private void Pass(PythonLine line)
    {
        var before = Interlocked.Add(ref _seen, line.Text.Length + 1) - line.Text.Length - 1;
        if (before < TotalMax)
        {
            log?.Invoke(before + line.Text.Length + 1 < TotalMax ? line : new PythonLine(30, "crater", $"[what Python prints and logs is cut after {TotalMax} characters]"));
        }
    }
}
