using System.Buffers.Binary;

namespace Crater.Agent.Faults.Http;

/// <summary>Cuts one direction of a connection into frames (RFC 9113, section 4.1). As strict as <see cref="Http1Head"/>: what two readers might take differently is unclear.</summary>
internal sealed class Http2Reader
{
    /// <summary>Frames but those with DATA are no longer than this, and neither are heads; what peers agree on beyond it is not followed.</summary>
    public const int UnitMax = Http1Head.BytesMax;

    /// <summary>Of a long DATA frame: its stream, what is to come, and its flags.</summary>
    private (int Stream, int Left, byte Flags) _long;

    /// <summary>What is to come of a long frame, announced as a frame of its own: whoever reads on does so without this reader.</summary>
    public void WriteRest(Outgoing to)
    {
        if (_long.Left > 0)
        {
            Http2Frame.Head(to.Room(Http2Frame.HeadBytes), _long.Left, FrameType.Data, _long.Flags, _long.Stream);
        }
    }

    /// <summary>Takes the next one. One that is clear must be dealt with.</summary>
    public HeadKind Read(ReadOnlySpan<byte> bytes, out Http2Unit unit)
    {
        unit = default;
        if (_long.Left > 0)
        {
            return Part(bytes, out unit);
        }

        if (bytes.Length < Http2Frame.HeadBytes)
        {
            return HeadKind.Incomplete;
        }

        var length = Head(bytes, out unit);
        if (unit.Type == FrameType.Data && unit.Stream > 0 && length > Http2Frame.LengthMax && (unit.Flags & Http2Frame.IsPadded) == 0)
        {
            _long = (unit.Stream, length, unit.Flags);
            var kind = Part(bytes[Http2Frame.HeadBytes..], out unit);
            _long = kind == HeadKind.Clear ? _long : default;
            unit.Count += Http2Frame.HeadBytes;
            return kind;
        }

        if (length > UnitMax || !IsLength(unit.Type, unit.Flags, length) || !IsPlace(unit.Type, unit.Stream))
        {
            return HeadKind.Unclear;
        }

        unit.Count = Http2Frame.HeadBytes + length;
        if (bytes.Length < unit.Count)
        {
            return HeadKind.Incomplete;
        }

        unit.Raw = bytes[..unit.Count];
        unit.Content = unit.Raw[Http2Frame.HeadBytes..];
        return unit.Type is FrameType.Headers or FrameType.Promise ? Block(bytes, ref unit) : HeadKind.Clear;
    }

    private HeadKind Part(ReadOnlySpan<byte> bytes, out Http2Unit unit)
    {
        var count = Math.Min(_long.Left, Http2Frame.LengthMax);
        if (bytes.Length < count)
        {
            unit = default;
            return HeadKind.Incomplete;
        }

        _long.Left -= count;
        unit = new Http2Unit
        {
            Type = FrameType.Data,
            Stream = _long.Stream,
            Flags = _long.Left == 0 ? _long.Flags : (byte)0,
            Content = bytes[..count],
            Count = count,
        };
        return HeadKind.Clear;
    }

    /// <summary>What is around the packed head in its first frame, and the frames that continue it.</summary>
    private static HeadKind Block(ReadOnlySpan<byte> bytes, ref Http2Unit unit)
    {
        var part = unit.Content;
        if ((unit.Flags & Http2Frame.IsPadded) != 0)
        {
            var padding = part.IsEmpty ? byte.MaxValue : part[0];
            if (part.Length < 1 + padding)
            {
                return HeadKind.Unclear;
            }

            part = part[1..^padding];
        }

        var isPromise = unit.Type == FrameType.Promise;
        var skipped = isPromise ? 4 : (unit.Flags & Http2Frame.HasPriority) != 0 ? 5 : 0;
        if (part.Length < skipped)
        {
            return HeadKind.Unclear;
        }

        unit.Promised = isPromise ? BinaryPrimitives.ReadInt32BigEndian(part) & int.MaxValue : 0;
        unit.Block = part[skipped..];
        return (unit.Flags & Http2Frame.EndsHeaders) != 0 ? HeadKind.Clear : Continue(bytes, ref unit);
    }

    private static HeadKind Continue(ReadOnlySpan<byte> bytes, ref Http2Unit unit)
    {
        List<byte> block = [.. unit.Block];
        while (bytes.Length >= unit.Count + Http2Frame.HeadBytes)
        {
            var length = Head(bytes[unit.Count..], out var next);
            if (next.Type != FrameType.Continuation || next.Stream != unit.Stream || unit.Count + length > UnitMax)
            {
                return HeadKind.Unclear;
            }

            var end = unit.Count + Http2Frame.HeadBytes + length;
            if (bytes.Length < end)
            {
                return HeadKind.Incomplete;
            }

            block.AddRange(bytes[(unit.Count + Http2Frame.HeadBytes)..end]);
            unit.Count = end;
            if ((next.Flags & Http2Frame.EndsHeaders) != 0)
            {
                unit.Raw = bytes[..end];
                unit.Block = block.ToArray();
                return HeadKind.Clear;
            }
        }

        return HeadKind.Incomplete;
    }

    private static int Head(ReadOnlySpan<byte> bytes, out Http2Unit unit)
    {
        unit = new Http2Unit { Type = (FrameType)bytes[3], Flags = bytes[4], Stream = BinaryPrimitives.ReadInt32BigEndian(bytes[5..]) & int.MaxValue };
        return (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
    }

    private static bool IsLength(FrameType type, byte flags, int length) => type switch
    {
        FrameType.Data => (flags & Http2Frame.IsPadded) == 0 || length > 0,
        FrameType.Priority => length == 5,
        FrameType.Reset or FrameType.Window => length == 4,
        FrameType.Settings => (flags & Http2Frame.IsAnswer) != 0 ? length == 0 : length % 6 == 0,
        FrameType.Ping => length == 8,
        FrameType.GoAway => length >= 8,
        FrameType.Continuation => false,        // only behind a head, where it is looked for
        _ => true,
    };

    /// <summary>Whether a frame of that kind may be about a stream, or about the connection.</summary>
    private static bool IsPlace(FrameType type, int stream) => type switch
    {
        FrameType.Data or FrameType.Headers or FrameType.Priority or FrameType.Reset or FrameType.Promise => stream > 0,
        FrameType.Settings or FrameType.Ping or FrameType.GoAway => stream == 0,
        _ => true,
    };
}
