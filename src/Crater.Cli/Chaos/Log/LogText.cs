using System.Globalization;

namespace Crater.Cli.Chaos.Log;

/// <summary>A line of the log as people grep it: <c>[2026-11-21 09:12:14 INFO] message</c>, with <c>[module:line]</c> where places are wanted.</summary>
internal static class LogText
{
    public static string Of(LogEntry entry, bool withPlace, bool coloured)
    {
        var place = withPlace ? $" [{entry.Module}:{entry.Line}]" : "";
        var head = $"[{entry.At.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} {Word(entry.Level)}]{place}";
        return string.Concat(coloured ? Colour(entry.Level) : "", head, coloured ? "\u001b[39m" : "", " ", entry.Message.Replace("\n", "\n    ", StringComparison.Ordinal));
    }

    public static string Word(ChaosLevel level) => level switch
    {
        ChaosLevel.Debug => "DEBUG",
        ChaosLevel.Info => "INFO",
        ChaosLevel.Warning => "WARNING",
        ChaosLevel.Error => "ERROR",
        _ => "CRITICAL",
    };

    private static string Colour(ChaosLevel level) => level switch
    {
        ChaosLevel.Debug => "\u001b[36m",
        ChaosLevel.Info => "\u001b[32m",
        ChaosLevel.Warning => "\u001b[33m",
        _ => "\u001b[31m",
    };
}
