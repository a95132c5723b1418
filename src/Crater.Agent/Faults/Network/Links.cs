using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>Interfaces of the network namespace of the thread that opens this, and their queueing disciplines.</summary>
internal sealed class Links : IDisposable
{
    /// <summary>How the interfaces begin that craterd makes.</summary>
    public const string Prefix = "crtr";

    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort NewDiscipline = 36;
    private const ushort GetDiscipline = 38;
    private const int LinkHeader = 16;
    private const int DisciplineHeader = 20;
    private const uint Root = 0xFFFFFFFF;

    private readonly NetlinkSocket _socket = new(NetlinkSocket.Routing);

    /// <summary>The disciplines of an interface, as kind, handle and parent; those that the kernel itself put there have no handle.</summary>
    /// <exception cref="HostException">They cannot be seen.</exception>
    public IReadOnlyList<(string Kind, uint Handle, uint Parent)> Disciplines(int link)
    {
        return [.. from discipline in _socket.List(GetDiscipline, DisciplineHeader)
                   where BinaryPrimitives.ReadInt32LittleEndian(discipline.Header.AsSpan(4)) == link
                   select (Text(discipline.Attributes[1]), BinaryPrimitives.ReadUInt32LittleEndian(discipline.Header.AsSpan(8)), BinaryPrimitives.ReadUInt32LittleEndian(discipline.Header.AsSpan(12)))];
    }

    /// <summary>How many packets wait in the outermost discipline of an interface.</summary>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public uint Waiting(int link) => (from discipline in _socket.List(GetDiscipline, DisciplineHeader)
                                      where BinaryPrimitives.ReadInt32LittleEndian(discipline.Header.AsSpan(4)) == link
                                          && BinaryPrimitives.ReadUInt32LittleEndian(discipline.Header.AsSpan(12)) == Root && discipline.Attributes.ContainsKey(3 /* TCA_STATS */)
                                      select BinaryPrimitives.ReadUInt32LittleEndian(discipline.Attributes[3].AsSpan(28))).FirstOrDefault();

    /// <summary>Makes an intermediate device (ifb): what is sent to it comes back to the interface that it was taken from, by way of its discipline.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="HostException">The kernel has no such devices or no such discipline, or does not permit it.</exception>
    public int MakeIntermediate(string name, string remark, Discipline discipline)
    {
        const ushort Make = NetlinkMessage.Acknowledge | NetlinkMessage.Create | NetlinkMessage.Exclusive;
        var up = new byte[LinkHeader];
        up[8] = up[12] = 1;     // IFF_UP, and that it is meant
        var error = _socket.Ask(new NetlinkMessage().Add(NewLink, Make, up, link => link.Text(3, name).Text(20 /* IFLA_IFALIAS */, remark).Nest(18 /* IFLA_LINKINFO */, info => info.Text(1, "ifb"))));
        if (error != 0)
        {
            throw new HostException("An intermediate device (ifb) could not be made", error);
        }

        var number = NetworkLink.All(_socket).Single(link => link.Name == name).Index;
        var header = new byte[DisciplineHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), number);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Root);
        error = _socket.Ask(new NetlinkMessage().Add(NewDiscipline, Make, header, made => made.Text(1, discipline.Kind).Nest(2, discipline.WriteOptions)));
        if (error == 0)
        {
            return number;
        }

        Remove(name);
        throw new HostException($"The queueing discipline {discipline.Kind} could not be had", error);
    }

    /// <summary>Takes it away; one that is not there is as good.</summary>
    /// <exception cref="HostException">The kernel said no.</exception>
    public void Remove(string name)
    {
        var error = _socket.Ask(new NetlinkMessage().Add(DeleteLink, NetlinkMessage.Acknowledge, new byte[LinkHeader], link => link.Text(3, name)));
        if (error is not (0 or 19 /* ENODEV */))
        {
            throw new HostException($"The interface {name} could not be removed", error);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes).TrimEnd('\0');
}
