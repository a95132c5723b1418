using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>What the kernel permits craterd itself, whatever its user is called (capabilities(7)).</summary>
internal static class Capabilities
{
    /// <summary>Those that faults ask for, by their bits.</summary>
    private static readonly Dictionary<string, int> Bits = new(StringComparer.Ordinal)
    {
        ["CAP_CHOWN"] = 0,
        ["CAP_DAC_OVERRIDE"] = 1,
        ["CAP_FOWNER"] = 3,
        ["CAP_KILL"] = 5,
        ["CAP_NET_BIND_SERVICE"] = 10,
        ["CAP_NET_ADMIN"] = 12,
        ["CAP_NET_RAW"] = 13,
        ["CAP_SYS_PTRACE"] = 19,
        ["CAP_SYS_ADMIN"] = 21,
        ["CAP_SYS_RESOURCE"] = 24,
    };

    /// <summary>Those named in a text that craterd has not, in the text's order.</summary>
    /// <param name="status">/proc/PID/status.</param>
    public static IReadOnlyList<string> Lacking(string text, string status)
    {
        var line = status.Split('\n').FirstOrDefault(one => one.StartsWith("CapEff:", StringComparison.Ordinal))?["CapEff:".Length..].Trim();
        return ulong.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var had)
            ? [.. Bits.Where(one => text.Contains(one.Key, StringComparison.Ordinal) && (had >> one.Value & 1) == 0).OrderBy(one => text.IndexOf(one.Key, StringComparison.Ordinal)).Select(one => one.Key)]
            : [];
    }

    /// <inheritdoc cref="Lacking(string, string)"/>
    public static IReadOnlyList<string> Lacking(string text) => Lacking(text, File.ReadAllText("/proc/self/status"));
}
