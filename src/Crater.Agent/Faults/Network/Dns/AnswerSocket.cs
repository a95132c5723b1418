using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network.Dns;

/// <summary>Sends whole packets, sender's address and all, in the network namespace of the thread that opens it. What is for this host comes in over its loopback. It lives as long as its process.</summary>
internal sealed unsafe class AnswerSocket : IDisposable
{
    private const int RawPackets = 255;     // IPPROTO_RAW: the header is in what is sent

    private readonly Descriptor _four = Open(2 /* AF_INET */) ?? throw new HostException("A socket for whole packets could not be had", Errno.Last);
    private readonly Descriptor? _six = Open(10 /* AF_INET6 */);

    /// <summary>An answer that cannot be sent is lost, as it could be on a wire.</summary>
    public void Send(byte[] packet, ReadOnlySpan<byte> to)
    {
        var isFour = to.Length == 4;
        var address = stackalloc byte[28];
        new Span<byte>(address, 28).Clear();
        *(ushort*)address = isFour ? (ushort)2 : (ushort)10;
        to.CopyTo(new Span<byte>(address + (isFour ? 4 : 8), to.Length));
        fixed (byte* start = packet)
        {
            _ = Libc.SendTo((isFour ? _four : _six)?.Number ?? -1, start, (nuint)packet.Length, 0, address, isFour ? 16u : 28u);
        }
    }

    public void Dispose()
    {
        _four.Dispose();
        _six?.Dispose();
    }

    private static Descriptor? Open(int family) => Libc.Socket(family, 3 /* SOCK_RAW */ | Libc.CloseOnExec, RawPackets) is >= 0 and var number ? new Descriptor(number) : null;
}
