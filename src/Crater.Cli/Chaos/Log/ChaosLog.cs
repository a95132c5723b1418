using System.Runtime.CompilerServices;
using Crater.Runs.Activities.Python;

namespace Crater.Cli.Chaos.Log;

/// <summary>Takes lines of the log somewhere.</summary>
internal interface ILogEnd : IDisposable
{
    void Write(LogEntry entry);
}

/// <summary>One line of the log.</summary>
/// <param name="Module">The station of the tool that speaks: run, activity, hypothesis, rollback, settings …</param>
internal readonly record struct LogEntry(DateTimeOffset At, ChaosLevel Level, string Module, int Line, string Message);

/// <summary>
/// The tool's log: the console and the log file, each from its own level on. Secrets are masked from the moment they are known. A log that cannot be written
/// any more is silent: nothing of a run may depend on it.
/// </summary>
internal sealed class ChaosLog(TimeProvider clock, IReadOnlyList<ILogEnd> ends) : IDisposable
{
    private readonly Lock _gate = new();

    /// <summary>Comes before everything that is written.</summary>
    public Func<string, string> Mask { get; set; } = text => text;

    public void Debug(string message, string module = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Write(ChaosLevel.Debug, message, module, file, line);

    public void Info(string message, string module = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Write(ChaosLevel.Info, message, module, file, line);

    public void Warning(string message, string module = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Write(ChaosLevel.Warning, message, module, file, line);

    public void Error(string message, string module = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Write(ChaosLevel.Error, message, module, file, line);

    public void Critical(string message, string module = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Write(ChaosLevel.Critical, message, module, file, line);

    /// <summary>What the user's own Python printed or logged.</summary>
    public void Python(PythonLine line)
    {
        var level = line.Level switch { < 20 => ChaosLevel.Debug, < 30 => ChaosLevel.Info, < 40 => ChaosLevel.Warning, < 50 => ChaosLevel.Error, _ => ChaosLevel.Critical };
        var (module, number) = line.Source.Split(':') is [var name, var at] && int.TryParse(at, out var parsed) ? (name, parsed) : (line.Source, 0);
        Write(level, line.Text, module, "", number);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var end in ends)
            {
                end.Dispose();
            }
        }
    }

    private void Write(ChaosLevel level, string message, string module, string file, int line)
    {
        var entry = new LogEntry(clock.GetLocalNow(), level, module.Length > 0 ? module : Path.GetFileNameWithoutExtension(file).ToLowerInvariant(), line, Mask(message));
        lock (_gate)
        {
            foreach (var end in ends)
            {
                end.Write(entry);
            }
        }
    }
}
