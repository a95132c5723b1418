using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Faults.Network;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Residue;

/// <summary>
/// What fault tools leave in the network namespaces of this host: emulated networks on interfaces, and chains and tables of theirs. Asked of the kernel, not of other
/// programs. Without root only the namespace of craterd itself can be entered.
/// </summary>
internal static class NetworkTraces
{
    private const ushort GetDiscipline = 38;
    private const int DisciplineHeader = 20;
    private const ushort GetTable = (10 << 8) | 1;
    private const ushort GetChain = (10 << 8) | 4;
    private const int NetfilterHeader = 4;

    private static readonly (string Tool, string Chain)[] Chains = [("Chaos Mesh", "CHAOS-"), ("ChaosBlade", "BLADE"), ("Pumba", "PUMBA")];

    public static IEnumerable<Trace> Look(StateFolder state)
    {
        List<Trace> traces = [];
        foreach (var (pid, path) in NetworkNamespace.All())
        {
            // That of craterd itself is looked at without entering it, which would take root.
            Try(() => traces.AddRange(pid == 0 ? LookHere(state) : NetworkNamespace.Inside(path, () => LookHere(state)).ConvertAll(trace =>
                trace with { What = $"{trace.What} in the network namespace of process {pid}", LookWith = $"nsenter --net={path} {trace.LookWith}" })));
        }

        return traces;
    }

    private static List<Trace> LookHere(StateFolder state)
    {
        List<Trace> traces = [];
        Try(() => traces.AddRange(Disciplines()));
        Try(() => traces.AddRange(Devices(state)));
        Try(() => traces.AddRange(Tables(state)));
        Try(() => traces.AddRange(ForeignChains()));
        return traces;
    }

    private static IEnumerable<Trace> Disciplines()
    {
        using var socket = new NetlinkSocket(NetlinkSocket.Routing);
        foreach (var (header, attributes) in socket.List(GetDiscipline, DisciplineHeader))
        {
            var name = Interface(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4)));
            if (Text(attributes, 1) == "netem" && !name.StartsWith(Links.Prefix, StringComparison.Ordinal))
            {
                yield return new Trace("netem", $"interface {name} has an emulated network (delay, loss or the like)", $"tc qdisc show dev {name}");
            }
        }
    }

    // An intermediate device whose injection is closed, or that this state folder never knew.
    private static IEnumerable<Trace> Devices(StateFolder state)
    {
        var known = state.Claims.Holders().Select(Detour.DeviceOf).ToHashSet(StringComparer.Ordinal);
        return [.. from link in NetworkLink.All()
                   where link.Name.StartsWith(Links.Prefix, StringComparison.Ordinal) && !known.Contains(link.Name)
                   select new Trace("craterd", $"interface {link.Name} belongs to no injection that is known here", $"ip -details link show {link.Name}")];
    }

    // A table of an injection that is closed, or that this state folder never knew.
    private static IEnumerable<Trace> Tables(StateFolder state)
    {
        using var socket = new NetlinkSocket();
        foreach (var name in socket.List(GetTable, NetfilterHeader).Select(table => Text(table.Attributes, 1)).Where(name => name.StartsWith("crater_", StringComparison.Ordinal)))
        {
            if (!state.Claims.Holders().Contains(name["crater_".Length..]))
            {
                yield return new Trace("craterd", $"table {name} belongs to no injection that is known here", $"nft list table inet {name}");
            }
        }
    }

    private static IEnumerable<Trace> ForeignChains()
    {
        List<(string Table, string Chain, string LookWith)> found = [];
        Try(() =>
        {
            using var socket = new NetlinkSocket();
            found.AddRange(socket.List(GetChain, NetfilterHeader).Select(chain => (Text(chain.Attributes, 1), Text(chain.Attributes, 3), "iptables-save")));
        });
        Try(() => found.AddRange(LegacyChains.All()));
        return from chain in found
               let tool = Chains.FirstOrDefault(known => chain.Chain.StartsWith(known.Chain, StringComparison.Ordinal)).Tool
               where tool is not null
               select new Trace(tool, $"chain {chain.Chain} is in table {chain.Table}", chain.LookWith);
    }

    private static string Text(Dictionary<int, byte[]> attributes, int number) =>
        attributes.TryGetValue(number, out var bytes) ? Encoding.UTF8.GetString(bytes).TrimEnd('\0') : "";

    // Asked of the kernel by number: /sys shows the interfaces of another namespace.
    private static unsafe string Interface(int index)
    {
        const int LengthMax = 16;
        var name = stackalloc byte[LengthMax];
        return Libc.InterfaceName((uint)index, name) is not null ? Encoding.UTF8.GetString(name, new ReadOnlySpan<byte>(name, LengthMax).IndexOf((byte)0)) : $"number {index}";
    }

    // A kernel without the subsystem has none of its traces; one that does not permit the question is asked as root.
    private static void Try(Action look)
    {
        try
        {
            look();
        }
        catch (HostException)
        {
            // Nothing to be seen here.
        }
    }
}
