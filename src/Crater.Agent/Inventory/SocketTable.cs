using System.Globalization;
using System.Net;
using Crater.Agent.Host;

namespace Crater.Agent.Inventory;

/// <summary>One TCP socket of this network namespace.</summary>
/// <param name="IsListening">Else it is an established connection.</param>
internal sealed record SeenSocket(bool IsListening, IPEndPoint Local, IPEndPoint Remote, long Inode);

/// <summary>The TCP sockets of this network namespace, and who has them open.</summary>
internal static class SocketTable
{
    private const string Established = "01";
    private const string Listening = "0A";

    /// <summary>Those that listen and those that are connected, IPv4 and IPv6, from /proc/net.</summary>
    public static IReadOnlyList<SeenSocket> Read() =>
    [
        .. new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Select(Parse).OfType<SeenSocket>(),
    ];

    /// <summary>Who has which socket open, by its inode; a socket can be open in several processes.</summary>
    /// <param name="unseen">Processes whose descriptors may not be looked at.</param>
    public static ILookup<long, int> Owners(IEnumerable<int> pids, out int unseen)
    {
        List<(long Inode, int Pid)> open = [];
        unseen = 0;
        foreach (var pid in pids)
        {
            try
            {
                foreach (var link in Directory.EnumerateFileSystemEntries($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/fd"))
                {
                    if (new FileInfo(link).LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)
                        && long.TryParse(target.AsSpan(8, target.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
                    {
                        open.Add((inode, pid));
                    }
                }
            }
            catch (UnauthorizedAccessException)
            {
                unseen++;
            }
            catch (IOException)
            {
                // It ended while it was being looked at.
            }
        }

        return open.Distinct().ToLookup(pair => pair.Inode, pair => pair.Pid);
    }

    /// <summary>Null for the heading and for sockets in other states.</summary>
    internal static SeenSocket? Parse(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 9 && fields[3] is Established or Listening && EndPoint(fields[1]) is { } local && EndPoint(fields[2]) is { } remote
            ? new SeenSocket(fields[3] == Listening, local, remote, long.Parse(fields[9], CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>The kernel writes an address as 32-bit words in the machine's own byte order, and the port as a number.</summary>
    private static IPEndPoint? EndPoint(string text)
    {
        if (text.Split(':') is not [{ Length: 8 or 32 } address, var port] || !ushort.TryParse(port, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var bytes = new byte[address.Length / 2];
        for (var word = 0; word < bytes.Length / 4; word++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(word * 4), uint.Parse(address.AsSpan(word * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        }

        var parsed = new IPAddress(bytes);
        return new IPEndPoint(parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed, number);
    }
}
