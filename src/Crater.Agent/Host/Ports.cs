using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>Which sockets are bound to a port, from the network namespace of a process.</summary>
internal static class Ports
{
    private const string Listening = "0A";
    private const string HalfOpen = "03";

    /// <summary>The network namespace of the thread that asks.</summary>
    public const string OfThread = "/proc/thread-self/net";

    /// <summary>Inodes of the sockets that listen on the port (tcp) or are bound to it (udp).</summary>
    /// <param name="protocol">tcp, tcp6, udp or udp6, as the files there are called.</param>
    /// <param name="pid">Whose network namespace it is; null for that of this process.</param>
    public static IReadOnlyList<long> Sockets(string protocol, int port, int? pid = null) =>
        SocketsIn($"/proc/{(pid is null ? "self" : pid.Value.ToString(CultureInfo.InvariantCulture))}/net", protocol, port);

    /// <inheritdoc cref="Sockets"/>
    /// <param name="folder">Of the network namespace that is looked at, such as <see cref="OfThread"/>.</param>
    public static IReadOnlyList<long> SocketsIn(string folder, string protocol, int port)
    {
        var isBoundEnough = protocol.StartsWith("udp", StringComparison.Ordinal);
        return [.. At(folder, protocol, port).Where(fields => isBoundEnough || fields[3] == Listening).Select(fields => long.Parse(fields[9], CultureInfo.InvariantCulture))];
    }

    /// <summary>Whether connections to the port are in the middle of their handshake, in the network namespace of the thread that asks.</summary>
    public static bool HasHalfOpen(int port) =>
        new[] { "tcp", "tcp6" }.Where(protocol => File.Exists($"{OfThread}/{protocol}")).Any(protocol => At(OfThread, protocol, port).Any(fields => fields[3] == HalfOpen));

    // The fields of every socket on that port of this side.
    private static IEnumerable<string[]> At(string folder, string protocol, int port)
    {
        var end = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return File.ReadLines($"{folder}/{protocol}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(end, StringComparison.Ordinal));
    }

    /// <summary>Whether the process has one of these sockets open; null when its descriptors cannot be seen.</summary>
    public static bool? Has(ProcessIdentity process, IReadOnlyCollection<long> sockets)
    {
        try
        {
            var names = sockets.Select(inode => string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]")).ToHashSet(StringComparer.Ordinal);
            return Directory.EnumerateFileSystemEntries($"/proc/{process.Pid}/fd").Any(link => new FileInfo(link).LinkTarget is { } target && names.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return process.IsAlive ? null : false;
        }
    }

    /// <summary>A process that has one of these sockets; null when none can be seen.</summary>
    public static ProcessStat? Owner(IReadOnlyCollection<long> sockets)
    {
        foreach (var stat in ProcessStat.All())
        {
            if (Has(new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot), sockets) == true)
            {
                return stat;
            }
        }

        return null;
    }
}
