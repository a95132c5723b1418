using System.Buffers.Binary;

namespace Crater.Agent.Host;

/// <summary>Sockets of TCP that never block, in the network namespace of the thread that makes them.</summary>
internal static unsafe class Tcp
{
    public const int Family4 = 2;
    public const int Family6 = 10;

    /// <summary>Of a sockaddr_in6; a sockaddr_in is shorter.</summary>
    public const int AddressBytes = 28;

    private const int Stream = 1;
    private const int SocketLevel = 1;
    private const int Backlog = 4096;

    /// <summary>Listens on the loopback address, on a port that the kernel picks, for connections that were meant for any address (IP_TRANSPARENT).</summary>
    /// <returns>Null where the namespace has no such family.</returns>
    /// <exception cref="HostException">The kernel does not permit it.</exception>
    public static (Descriptor Socket, ushort Port)? ListenForOthers(int family)
    {
        var number = Libc.Socket(family, Stream | Libc.CloseOnExec | Libc.NonBlocking, 0);
        if (number < 0)
        {
            return null;
        }

        var socket = new Descriptor(number);
        var error = Set(number, family == Family4 ? 0 : 41, family == Family4 ? 19 /* IP_TRANSPARENT */ : 75 /* IPV6_TRANSPARENT */, 1) ? 0 : Errno.Last;
        var address = stackalloc byte[AddressBytes];
        var length = Loopback(address, family);
        if (error == 0 && Libc.Bind(number, address, length) != 0)
        {
            socket.Dispose();
            return null;        // no loopback of this family
        }

        if (error == 0 && Libc.Listen(number, Backlog) == 0 && Libc.OwnAddress(number, address, &length) == 0)
        {
            return (socket, Port(new ReadOnlySpan<byte>(address, AddressBytes)));
        }

        error = error == 0 ? Errno.Last : error;
        socket.Dispose();
        throw new HostException("A socket for connections to other addresses could not be made", error);
    }

    /// <summary>A connection that has come, with the address of its other side; -1 and the error number when there is none.</summary>
    public static int Accept(Descriptor listener, Span<byte> peer)
    {
        var length = (uint)AddressBytes;
        fixed (byte* address = peer)
        {
            return Libc.Accept(listener.Number, address, &length, Libc.CloseOnExec | Libc.NonBlocking);
        }
    }

    /// <summary>The address that a connection was made to.</summary>
    public static void OwnAddress(int socket, Span<byte> own)
    {
        var length = (uint)AddressBytes;
        fixed (byte* address = own)
        {
            _ = Libc.OwnAddress(socket, address, &length);
        }
    }

    /// <summary>Begins a connection; its packets carry the priority.</summary>
    /// <returns>The socket, which becomes writable when it is connected; -1 when that is impossible at once.</returns>
    public static int Connect(ReadOnlySpan<byte> to, int priority)
    {
        var socket = Libc.Socket(Family(to), Stream | Libc.CloseOnExec | Libc.NonBlocking, 0);
        if (socket < 0)
        {
            return -1;
        }

        const int InProgress = 115;
        fixed (byte* address = to)
        {
            if (Set(socket, SocketLevel, 12 /* SO_PRIORITY */, priority)
                && (Libc.Connect(socket, address, Family(to) == Family4 ? 16u : AddressBytes) == 0 || Errno.Last == InProgress))
            {
                return socket;
            }
        }

        _ = Libc.Close(socket);
        return -1;
    }

    /// <summary>Small pieces go at once.</summary>
    public static void Hurry(int socket) => Set(socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1);

    /// <summary>0, or why it broke.</summary>
    public static int Error(int socket)
    {
        var error = 0;
        var length = (uint)sizeof(int);
        _ = Libc.ReadOption(socket, SocketLevel, 4 /* SO_ERROR */, &error, &length);
        return error;
    }

    /// <summary>Closes it so that the other side sees a reset.</summary>
    public static void Reset(int socket)
    {
        var linger = stackalloc int[] { 1, 0 };
        _ = Libc.SocketOption(socket, SocketLevel, 13 /* SO_LINGER */, linger, 2 * sizeof(int));
        _ = Libc.Close(socket);
    }

    public static int Family(ReadOnlySpan<byte> address) => BinaryPrimitives.ReadUInt16LittleEndian(address);

    public static ushort Port(ReadOnlySpan<byte> address) => BinaryPrimitives.ReadUInt16BigEndian(address[2..]);

    private static bool Set(int socket, int level, int option, int value) => Libc.SocketOption(socket, level, option, &value, sizeof(int)) == 0;

    private static uint Loopback(byte* address, int family)
    {
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = (ushort)family;
        if (family == Family4)
        {
            (address[4], address[7]) = (127, 1);
            return 16;
        }

        address[23] = 1;
        return AddressBytes;
    }
}
