using System.Buffers.Binary;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>
/// A queue of netfilter whose packets are let go when, and as, their fate says. They stay in the kernel, which tells their numbers and, where it is needed, what is in them; the order of two
/// that are held back equally long is kept.
/// Fail-open throughout: a full queue lets packets pass, and so do the rules when nobody listens on it any more.
/// </summary>
internal sealed unsafe class PacketQueue : IDisposable
{
    private const ushort Subsystem = 3 << 8;
    private const ushort Packet = Subsystem | 0;
    private const ushort Verdict = Subsystem | 1;
    private const ushort Config = Subsystem | 2;

    /// <summary>Packets held at one time: a second at a hundred thousand a second.</summary>
    private const uint LengthMax = 100_000;

    /// <summary>Numbers that other programs hardly use.</summary>
    private const int NumberMin = 41_000;
    private const int NumberCount = 20_000;
    private const int Attempts = 64;

    private const int BufferBytes = 8 << 20;

    private const uint Accepted = 1;

    private readonly NetlinkSocket _socket;
    private readonly PacketFate _fate;
    private readonly PriorityQueue<(uint Packet, byte[]? Content), (long Due, ulong Order)> _held = new();
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private ulong _order;
    private volatile bool _isOver;

    /// <param name="fate">Decides over each packet.</param>
    /// <param name="seed">Of where the search for a free number begins.</param>
    /// <exception cref="HostException">The kernel has no queues, or none is free.</exception>
    public PacketQueue(PacketFate fate, int seed)
    {
        _fate = fate;
        _socket = new NetlinkSocket();
        try
        {
            Number = Bind(new Random(seed).Next(NumberCount));
            Configure();
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "crater-queue" };
        _thread.Start();
    }

    public ushort Number { get; }

    /// <summary>Lets everything go that is still held. The rules that lead here have to be gone by then.</summary>
    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _socket.Dispose();
    }

    /// <summary>Whether this kernel has queues of netfilter.</summary>
    public static bool ArePossible => File.Exists("/proc/net/netfilter/nfnetlink_queue");

    private ushort Bind(int first)
    {
        var error = 0;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var number = (ushort)(NumberMin + ((first + attempt) % NumberCount));
            error = _socket.Ask(new NetlinkMessage().Add(Config, NetlinkMessage.Acknowledge, 0, number, queue => queue.Data(1, [1 /* bind */, 0, 0, 0])));
            if (error == 0)
            {
                return number;
            }
        }

        throw new HostException("No queue of netfilter could be had", error);
    }

    private void Configure()
    {
        var bytes = BufferBytes;
        var on = 1;
        _ = Libc.SocketOption(_socket.Descriptor, 1, 33 /* SO_RCVBUFFORCE */, &bytes, sizeof(int));
        _ = Libc.SocketOption(_socket.Descriptor, 270, 5 /* NETLINK_NO_ENOBUFS */, &on, sizeof(int));
        // Large packets come whole where nobody looks into them; else the kernel cuts them first, and fills in checksums that the card would.
        const uint FailOpen = 1;
        const uint Large = 4;
        var flags = _fate.SeesContent ? FailOpen : FailOpen | Large;
        byte[] copied = _fate.SeesContent ? [0, 0, 0xFF, 0xFF, 2 /* tell of packets with what is in them */] : [0, 0, 0, 0, 1 /* tell of packets, do not copy them */];
        var error = _socket.Ask(new NetlinkMessage().Add(Config, NetlinkMessage.Acknowledge, 0, Number, queue => queue
            .Data(2, copied).Number(3, LengthMax).Number(4, FailOpen | Large).Number(5, flags)));
        if (error != 0)
        {
            throw new HostException("The queue of netfilter could not be set up", error);
        }
    }

    private void Work()
    {
        while (!_isOver)
        {
            if (Readable())
            {
                Take();
            }

            Release(TimeProvider.System.GetTimestamp());
        }

        // What came between the last look and the end of the rules is here by now.
        while (_socket.Wait(0))
        {
            Take();
        }

        Release(long.MaxValue);
    }

    // Until the next packet is due, and never longer than it may take to notice the end.
    private bool Readable()
    {
        const long LongestNs = 20_000_000;
        var next = LongestNs;
        if (_held.TryPeek(out _, out var first))
        {
            next = Math.Clamp((long)(TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), first.Due).TotalMilliseconds * 1_000_000), 0, LongestNs);
        }

        var entry = new Libc.PollEntry { Descriptor = _socket.Descriptor, Events = Libc.PollIn };
        var time = new Libc.TimeSpec { Nanoseconds = next };
        return Libc.PollFinely(&entry, 1, &time, null) > 0;
    }

    private void Take()
    {
        nint count;
        fixed (byte* start = _buffer)
        {
            count = Libc.Read(_socket.Descriptor, start, (nuint)_buffer.Length);
        }

        for (var at = 0; at + 16 <= count;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(at));
            if (length < 16 || at + length > count)
            {
                return;
            }

            // The first attribute is the packet's header, and its first word the packet's number.
            if (BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(at + 4)) == Packet && length >= 16 + 4 + 4 + 4)
            {
                Decide(BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(at + 24)), _fate.SeesContent ? Content(_buffer.AsSpan(at + 20, length - 20)) : []);
            }

            at += (length + 3) & ~3;
        }
    }

    private void Decide(uint packet, ReadOnlySpan<byte> content)
    {
        var fate = _fate.Of(content);
        if (fate.IsDropped)
        {
            Answer(packet, 0 /* drop */, null);
        }
        else if (fate.Hold <= TimeSpan.Zero)
        {
            Answer(packet, Accepted, fate.Content);
        }
        else
        {
            _held.Enqueue((packet, fate.Content), (TimeProvider.System.GetTimestamp() + (long)(fate.Hold.TotalSeconds * TimeProvider.System.TimestampFrequency), _order++));
        }
    }

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4 && BinaryPrimitives.ReadUInt16LittleEndian(attributes) is >= 4 and var length && length <= attributes.Length)
        {
            if ((BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & 0x3fff) == 10 /* NFQA_PAYLOAD */)
            {
                return attributes[4..length];
            }

            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return [];
    }

    private void Release(long now)
    {
        while (_held.TryPeek(out var packet, out var first) && first.Due <= now)
        {
            _held.Dequeue();
            Answer(packet.Packet, Accepted, packet.Content);
        }
    }

    private void Answer(uint packet, uint verdict, byte[]? content)
    {
        Span<byte> head = stackalloc byte[36];
        head.Clear();
        var message = content is null ? head[..32] : new byte[36 + ((content.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(message, content is null ? 32 : 36 + content.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], Verdict);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], NetlinkMessage.Request);
        BinaryPrimitives.WriteUInt16BigEndian(message[18..], Number);
        BinaryPrimitives.WriteUInt16LittleEndian(message[20..], 12);
        BinaryPrimitives.WriteUInt16LittleEndian(message[22..], 2 /* NFQA_VERDICT_HDR */);
        BinaryPrimitives.WriteUInt32BigEndian(message[24..], verdict);
        BinaryPrimitives.WriteUInt32BigEndian(message[28..], packet);
        if (content is not null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(message[32..], (ushort)(4 + content.Length));
            BinaryPrimitives.WriteUInt16LittleEndian(message[34..], 10 /* NFQA_PAYLOAD */);
            content.CopyTo(message[36..]);
        }

        fixed (byte* start = message)
        {
            _ = Libc.Send(_socket.Descriptor, start, (nuint)message.Length, 0);
        }
    }
}
