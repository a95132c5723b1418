using System.Globalization;

namespace Crater.Agents;

/// <summary>Names one process of a host, and no later one of its pid: <c>4242@901234</c>.</summary>
/// <param name="Start">Clock ticks after the host's boot.</param>
internal readonly record struct ProcessKey(int Pid, long Start)
{
    /// <exception cref="FormatException">The text is none.</exception>
    public static ProcessKey Parse(string text) => text.Split('@') is [var pid, var start]
        ? new ProcessKey(int.Parse(pid, NumberStyles.None, CultureInfo.InvariantCulture), long.Parse(start, NumberStyles.None, CultureInfo.InvariantCulture))
        : throw new FormatException($"'{text}' is no process.");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}@{Start}");
}
