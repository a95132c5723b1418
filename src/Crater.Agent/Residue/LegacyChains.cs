using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.Residue;

/// <summary>
/// The chains of iptables as it was before nf_tables. The kernel keeps the two apart: a list of nf_tables does not show these, and tools that bring their own
/// iptables still write here. Read from the kernel as iptables-legacy itself does, in the network namespace of the thread that asks.
/// </summary>
internal static unsafe class LegacyChains
{
    private const int RawSocket = 3;
    private const int GetInfo = 64;
    private const int GetEntries = 65;
    private const int NameLength = 32;

    /// <summary>Name, three numbers before the offsets of five hooks twice, then how many entries of how many bytes.</summary>
    private const int InfoLength = NameLength + 4 + 20 + 20 + 4 + 4;
    private const int SizeAt = InfoLength - 4;

    /// <summary>The name, the size, and room up to a multiple of 8.</summary>
    private const int EntriesAt = NameLength + 8;

    /// <summary>Where an entry says how far it is to its target, behind the addresses that it matches.</summary>
    private static readonly (int Family, int Protocol, string Tables, int TargetOffsetAt)[] Versions =
        [(2, 0, "/proc/thread-self/net/ip_tables_names", 88), (10, 41, "/proc/thread-self/net/ip6_tables_names", 140)];

    /// <summary>Every chain that somebody made; the built-in ones are not among them.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public static IEnumerable<(string Table, string Chain, string LookWith)> All()
    {
        List<(string, string, string)> found = [];
        foreach (var (family, protocol, tables, offset) in Versions)
        {
            // A file that is not there: nobody has used the old tables since boot.
            foreach (var table in File.Exists(tables) ? File.ReadAllLines(tables) : [])
            {
                var command = $"{(family == 2 ? "iptables" : "ip6tables")}-legacy-save -t {table}";
                found.AddRange(Chains(Entries(family, protocol, table), offset).Select(chain => (table, chain, command)));
            }
        }

        return found;
    }

    /// <summary>A chain begins with an entry whose target is called ERROR and carries the chain's name; the last such entry ends the table.</summary>
    /// <param name="targetOffsetAt">Where an entry says how far it is to its target.</param>
    internal static IReadOnlyList<string> Chains(ReadOnlySpan<byte> entries, int targetOffsetAt)
    {
        const int TargetHeader = 32;
        List<string> found = [];
        while (entries.Length > targetOffsetAt + 4)
        {
            var target = BinaryPrimitives.ReadUInt16LittleEndian(entries[targetOffsetAt..]);
            var next = BinaryPrimitives.ReadUInt16LittleEndian(entries[(targetOffsetAt + 2)..]);
            if (next == 0 || next > entries.Length || target + TargetHeader > next)
            {
                break;
            }

            if (Text(entries[(target + 2)..(target + TargetHeader)]) == "ERROR" && Text(entries[(target + TargetHeader)..next]) is { Length: > 0 } name and not "ERROR")
            {
                found.Add(name);
            }

            entries = entries[next..];
        }

        return found;
    }

    private static byte[] Entries(int family, int protocol, string table)
    {
        var number = Libc.Socket(family, RawSocket | Libc.CloseOnExec, 255 /* IPPROTO_RAW */);
        using var socket = number >= 0 ? new Descriptor(number) : throw new HostException("The tables of iptables cannot be read", Errno.Last);
        var info = new byte[InfoLength];
        Encoding.UTF8.GetBytes(table, info);
        Ask(socket, protocol, GetInfo, info);
        var answer = new byte[EntriesAt + BinaryPrimitives.ReadInt32LittleEndian(info.AsSpan(SizeAt))];
        info.AsSpan(0, NameLength).CopyTo(answer);
        info.AsSpan(SizeAt).CopyTo(answer.AsSpan(NameLength));
        Ask(socket, protocol, GetEntries, answer);
        return answer[EntriesAt..];
    }

    private static void Ask(Descriptor socket, int protocol, int option, byte[] answer)
    {
        var length = (uint)answer.Length;
        fixed (byte* start = answer)
        {
            if (Libc.ReadSocketOption(socket.Number, protocol, option, start, &length) != 0)
            {
                throw new HostException("The tables of iptables cannot be read", Errno.Last);
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes);
}
