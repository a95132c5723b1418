using System.Buffers.Binary;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>
/// A queue of netfilter whose packets are let go later. They stay in the kernel, which only tells their numbers; the order of two with the same delay is kept.
/// Fail-open throughout: a full queue lets packets pass, and so do the rules when nobody listens on it any more.
/// </summary>
internal sealed unsafe class DelayQueue : IDisposable
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

    private readonly NetlinkSocket _socket;
    private readonly TimeSpan _delay;
    private readonly TimeSpan _jitter;
    private readonly Random _dice;
    private readonly PriorityQueue<uint, (long Due, ulong Order)> _held = new();
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private ulong _order;
    private volatile bool _isOver;

    /// <param name="seed">Of the jitter, and of where the search for a free number begins.</param>
    /// <exception cref="HostException">The kernel has no queues, or none is free.</exception>
    public DelayQueue(TimeSpan delay, TimeSpan jitter, int seed)
    {
        (_delay, _jitter, _dice) = (delay, jitter, new Random(seed));
        _socket = new NetlinkSocket();
        try
        {
            Number = Bind();
            Configure();
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "crater-delay" };
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

    private ushort Bind()
    {
        var first = _dice.Next(NumberCount);
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
        const uint FailOpenAndLarge = 1 | 4;
        var error = _socket.Ask(new NetlinkMessage().Add(Config, NetlinkMessage.Acknowledge, 0, Number, queue => queue
            .Data(2, [0, 0, 0, 0, 1 /* tell of packets, do not copy them */]).Number(3, LengthMax).Number(4, FailOpenAndLarge).Number(5, FailOpenAndLarge)));
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
                _held.Enqueue(BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(at + 24)), (Due(), _order++));
            }

            at += (length + 3) & ~3;
        }
    }

    private long Due()
    {
        var wait = _delay + (_jitter * ((_dice.NextDouble() * 2) - 1));
        return TimeProvider.System.GetTimestamp() + (long)(wait.TotalSeconds * TimeProvider.System.TimestampFrequency);
    }

    private void Release(long now)
    {
        while (_held.TryPeek(out var packet, out var first) && first.Due <= now)
        {
            _held.Dequeue();
            Accept(packet);
        }
    }

    private void Accept(uint packet)
    {
        Span<byte> message = stackalloc byte[32];
        message.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(message, 32);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], Verdict);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], NetlinkMessage.Request);
        BinaryPrimitives.WriteUInt16BigEndian(message[18..], Number);
        BinaryPrimitives.WriteUInt16LittleEndian(message[20..], 12);
        BinaryPrimitives.WriteUInt16LittleEndian(message[22..], 2 /* NFQA_VERDICT_HDR */);
        BinaryPrimitives.WriteUInt32BigEndian(message[24..], 1 /* accept */);
        BinaryPrimitives.WriteUInt32BigEndian(message[28..], packet);
        fixed (byte* start = message)
        {
            _ = Libc.Send(_socket.Descriptor, start, 32, 0);
        }
    }
}
