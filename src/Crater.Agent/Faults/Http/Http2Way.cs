using System.Buffers.Binary;

namespace Crater.Agent.Faults.Http;

/// <summary>
/// The way to the client, and what it may still be sent on it (RFC 9113, section 5.2). The server counts with what the client allowed and knows nothing of bodies that come
/// from here. Those are a debt: what the client allows next pays it off before the server hears of any, and until then what the server sends beyond what the client really has room for waits.
/// </summary>
/// <remarks>What the server believes = room + debt − what waits. Without a debt there is room for all that waits, so nothing waits for ever.</remarks>
internal sealed class Http2Way
{
    private const int FirstWindow = 65_535;

    private readonly Queue<Waiting> _waiting = new();
    private readonly List<Http2Stream> _bodies = [];
    private readonly Queue<long?> _announced = new();
    private long _room = FirstWindow;
    private long _debt;
    private long _initial = FirstWindow;

    /// <summary>What leaves at once.</summary>
    public Outgoing Out { get; } = new();

    /// <summary>Everything has gone.</summary>
    public bool IsClear => _waiting.Count == 0 && _bodies.Count == 0;

    /// <summary>Where to write something of the server's, DATA excepted, that must keep its place among the rest.</summary>
    public Outgoing Open()
    {
        if (_waiting.Count == 0)
        {
            return Out;
        }

        var late = new Outgoing();
        _waiting.Enqueue(new Waiting(late, 0, 0, []));
        return late;
    }

    /// <summary>DATA of the server's.</summary>
    /// <returns>Padding that was left out: the server counts it, and the client never will.</returns>
    public uint Data(int stream, byte flags, ReadOnlySpan<byte> content)
    {
        if (_waiting.Count == 0 && HasRoom(content.Length))
        {
            _room -= content.Length;
            Http2Frame.Write(Out, FrameType.Data, flags, stream, content);
            return 0;
        }

        var data = content;
        if ((flags & Http2Frame.IsPadded) != 0)
        {
            data = content[1..];
            data = data[..Math.Max(0, data.Length - content[0])];
        }

        _waiting.Enqueue(new Waiting(null, stream, (byte)(flags & Http2Frame.EndsStream), data.ToArray()));
        return (uint)(content.Length - data.Length);
    }

    /// <summary>The client allows so much more on the connection.</summary>
    /// <returns>How much of that is the server's.</returns>
    public uint Grant(uint more)
    {
        var paid = Math.Min(_debt, more);
        _room += more;
        _debt -= paid;
        return (uint)(more - paid);
    }

    /// <summary>The client has changed its settings; they hold for certain once the server has answered that.</summary>
    public void Announce(ReadOnlySpan<byte> settings) => _announced.Enqueue(InitialIn(settings));

    /// <summary>The server has answered the oldest settings that are open.</summary>
    public void Accept() => _initial = _announced.TryDequeue(out var initial) ? initial ?? _initial : _initial;

    /// <summary>Settings that came with the request of an upgrade need no answer.</summary>
    public void Begin(ReadOnlySpan<byte> settings) => _initial = InitialIn(settings) ?? _initial;

    /// <summary>A body to be sent as the client has room; its head has gone, or waits, already.</summary>
    public void Give(Http2Stream stream) => _bodies.Add(stream);

    /// <summary>Forgets what is left of a body.</summary>
    public void Drop(Http2Stream stream) => _bodies.Remove(stream);

    /// <summary>Sends what there is room for.</summary>
    /// <param name="sent">Told of every stream whose body is out.</param>
    public void Pump(Action<Http2Stream> sent)
    {
        while (_waiting.TryPeek(out var next) && Write(next))
        {
            _waiting.Dequeue();
        }

        for (var i = 0; i < _bodies.Count && _waiting.Count == 0;)
        {
            var stream = _bodies[i];
            if (!Write(stream))
            {
                i++;
                continue;
            }

            _bodies.RemoveAt(i);
            sent(stream);
        }
    }

    /// <returns>Whether all of it is out. As much as there is room for goes in any case: a client may wait for that before it allows more.</returns>
    private bool Write(Waiting next)
    {
        if (next.Frames is not null)
        {
            Out.Write(next.Frames.Bytes);
            next.Frames.Clear();
            return true;
        }

        do
        {
            var left = next.Data.Length - next.Sent;
            var count = (int)Math.Min(Math.Min(left, Http2Frame.LengthMax), _debt == 0 ? long.MaxValue : _room);
            if (count <= 0 && left > 0)
            {
                return false;
            }

            Http2Frame.Write(Out, FrameType.Data, count == left ? next.Flags : (byte)0, next.Stream, next.Data.AsSpan(next.Sent, count));
            next.Sent += count;
            _room -= count;
        }
        while (next.Sent < next.Data.Length);

        return true;
    }

    /// <inheritdoc cref="Write(Waiting)"/>
    private bool Write(Http2Stream stream)
    {
        // A smaller window that was announced holds from when it is heard; a larger one from when the client knows that it was.
        var initial = _announced.Where(announced => announced is not null).Append(_initial).Min()!.Value;
        while (!stream.IsWritten)
        {
            var count = (int)Math.Min(Math.Min(_room, initial + stream.Granted - stream.Sent), Math.Min(stream.Body.Length - stream.Sent, Http2Frame.LengthMax));
            if (count <= 0)
            {
                return false;
            }

            var isLast = stream.Sent + count == stream.Body.Length;
            Http2Frame.Write(Out, FrameType.Data, isLast ? Http2Frame.EndsStream : (byte)0, stream.Client, stream.Body.AsSpan(stream.Sent, count));
            stream.Sent += count;
            _room -= count;
            _debt += count;
        }

        return true;
    }

    // A server that keeps to what it was allowed never meets this without a debt; one that does not is not held up here.
    private bool HasRoom(int data) => data == 0 || _debt == 0 || _room >= data;

    private static long? InitialIn(ReadOnlySpan<byte> settings)
    {
        long? initial = null;
        for (; settings.Length >= 6; settings = settings[6..])
        {
            initial = BinaryPrimitives.ReadUInt16BigEndian(settings) == Http2Frame.InitialWindow ? BinaryPrimitives.ReadUInt32BigEndian(settings[2..]) : initial;
        }

        return initial;
    }

    /// <summary>Frames of the server's that wait, or DATA of one stream.</summary>
    private sealed class Waiting(Outgoing? frames, int stream, byte flags, byte[] data)
    {
        public Outgoing? Frames => frames;

        public int Stream => stream;

        public byte Flags => flags;

        public byte[] Data => data;

        public int Sent { get; set; }
    }
}
