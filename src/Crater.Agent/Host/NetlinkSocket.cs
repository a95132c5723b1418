using System.Buffers.Binary;

namespace Crater.Agent.Host;

/// <summary>A conversation with a part of the kernel's network, in the network namespace of the thread that opened it. What it owns there goes when it is closed.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private const int NetlinkFamily = 16;
    private const ushort ErrorType = 2;
    private const ushort DoneType = 3;
    private const int AnswerMs = 5_000;

    private readonly Descriptor _socket;

    /// <summary>Rules and queues.</summary>
    public const int Netfilter = 12;

    /// <summary>Interfaces, addresses and queueing disciplines.</summary>
    public const int Routing = 0;

    /// <exception cref="HostException">The kernel does not have it, or does not permit it.</exception>
    public NetlinkSocket(int protocol = Netfilter)
    {
        var number = Libc.Socket(NetlinkFamily, 3 /* SOCK_RAW */ | Libc.CloseOnExec, protocol);
        _socket = number >= 0 ? new Descriptor(number) : throw new HostException("Netlink could not be reached", Errno.Last);
        var address = stackalloc byte[12];
        new Span<byte>(address, 12).Clear();
        *(ushort*)address = NetlinkFamily;
        if (Libc.Bind(number, address, 12) != 0)
        {
            _socket.Dispose();
            throw new HostException("Netlink could not be reached", Errno.Last);
        }
    }

    public int Descriptor => _socket.Number;

    /// <summary>Sends the messages and waits for every answer that was asked for.</summary>
    /// <returns>0, or the first error number of the kernel.</returns>
    public int Ask(NetlinkMessage message)
    {
        Send(message);
        var first = 0;
        for (var answered = 0; answered < message.Acknowledged;)
        {
            if (!Wait(AnswerMs))
            {
                return Errno.Again;
            }

            foreach (var (type, body) in Receive())
            {
                if (type == ErrorType)
                {
                    answered++;
                    first = first != 0 ? first : -BinaryPrimitives.ReadInt32LittleEndian(body);
                }
            }

            if (first != 0)
            {
                return first;       // a batch that failed answers for its first wrong message, and perhaps for no other
            }
        }

        return first;
    }

    /// <summary>Everything of a kind: what stands behind the header of each, its attributes by number.</summary>
    /// <param name="header">Bytes of the subsystem's own header.</param>
    /// <exception cref="HostException">It cannot be seen.</exception>
    public List<(byte[] Header, Dictionary<int, byte[]> Attributes)> List(ushort type, int header)
    {
        Send(new NetlinkMessage().All(type, header));
        List<(byte[], Dictionary<int, byte[]>)> found = [];
        while (Wait(AnswerMs))
        {
            foreach (var (kind, body) in Receive())
            {
                if (kind is DoneType or ErrorType)
                {
                    return kind == DoneType || BinaryPrimitives.ReadInt32LittleEndian(body) == 0
                        ? found : throw new HostException("Netlink would not list", -BinaryPrimitives.ReadInt32LittleEndian(body));
                }

                found.Add((body[..header], Attributes(body.AsSpan(header))));
            }
        }

        throw new HostException("Netlink did not finish its list", Errno.Again);
    }

    /// <exception cref="HostException">The kernel took none of it.</exception>
    public void Send(NetlinkMessage message)
    {
        fixed (byte* start = message.Content)
        {
            if (Libc.Send(_socket.Number, start, (nuint)message.Content.Length, 0) != message.Content.Length)
            {
                throw new HostException("Netlink did not take a message", Errno.Last);
            }
        }
    }

    /// <summary>Whether there is something to receive within the time.</summary>
    public bool Wait(int milliseconds)
    {
        var entry = new Libc.PollEntry { Descriptor = _socket.Number, Events = Libc.PollIn };
        return Libc.Poll(&entry, 1, milliseconds) > 0;
    }

    /// <summary>The messages of one datagram: type, and what stands behind the netlink header.</summary>
    public List<(ushort Type, byte[] Body)> Receive()
    {
        var buffer = new byte[64 * 1024];
        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.Read(_socket.Number, start, (nuint)buffer.Length);
        }

        List<(ushort, byte[])> messages = [];
        for (var at = 0; at + 16 <= count;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at));
            if (length < 16 || at + length > count)
            {
                break;
            }

            messages.Add((BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 4)), buffer[(at + 16)..(at + length)]));
            at += (length + 3) & ~3;
        }

        return messages;
    }

    /// <summary>Attributes one after the other, by number; of several with one number the last.</summary>
    public static Dictionary<int, byte[]> Attributes(ReadOnlySpan<byte> bytes)
    {
        Dictionary<int, byte[]> attributes = [];
        foreach (var (number, value) in AttributeList(bytes))
        {
            attributes[number] = value;
        }

        return attributes;
    }

    /// <summary>Attributes one after the other, in their order.</summary>
    public static List<(int Number, byte[] Value)> AttributeList(ReadOnlySpan<byte> bytes)
    {
        List<(int, byte[])> attributes = [];
        while (bytes.Length >= 4 && BinaryPrimitives.ReadUInt16LittleEndian(bytes) is >= 4 and var length && length <= bytes.Length)
        {
            attributes.Add((BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) & 0x3fff, bytes[4..length].ToArray()));
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return attributes;
    }

    public void Dispose() => _socket.Dispose();
}
