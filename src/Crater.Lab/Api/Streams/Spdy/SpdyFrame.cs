using System.Buffers.Binary;

namespace Crater.Lab.Api.Streams.Spdy;

/// <summary>The frames of SPDY/3.1 that are spoken here; what is not named is read over.</summary>
internal enum FrameKind
{
    Data = 0,
    OpenStream = 1,
    AcceptStream = 2,
    ResetStream = 3,
    Ping = 6,
    GoAway = 7,
    Headers = 8,
}

/// <summary>Why a stream is reset: the numbers of SPDY/3.1.</summary>
internal enum ResetReason
{
    ProtocolError = 1,
    InvalidStream = 2,
    Refused = 3,
    StreamClosed = 9,
}

/// <summary>One frame: eight bytes of head (kind, flags, length), then its payload.</summary>
/// <param name="Stream">Of a data frame; a control frame says in its payload whom it is about.</param>
internal readonly record struct SpdyFrame(FrameKind Kind, int Stream, bool IsLast, ReadOnlyMemory<byte> Payload)
{
    /// <summary>A longer frame ends the connection. What kubectl sends in one is what one read of a socket brought: 32 KiB.</summary>
    public const int PayloadMax = 1024 * 1024;

    private const int HeadBytes = 8;
    private const ushort ControlBit = 0x8000;
    private const ushort Version = 3;
    private const byte LastFlag = 1;

    /// <returns>Null when the client has ended the connection between two frames.</returns>
    /// <exception cref="InvalidDataException">It is not SPDY/3, or longer than <see cref="PayloadMax"/>.</exception>
    /// <exception cref="EndOfStreamException">The connection ended within a frame.</exception>
    public static async Task<SpdyFrame?> ReadAsync(Stream from, CancellationToken stop)
    {
        var head = new byte[HeadBytes];
        var got = await from.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, stop);
        if (got == 0)
        {
            return null;
        }

        if (got < HeadBytes)
        {
            throw new EndOfStreamException("the connection ended within the head of a frame");
        }

        var first = BinaryPrimitives.ReadUInt16BigEndian(head);
        var length = (head[5] << 16) | (head[6] << 8) | head[7];
        var isControl = (first & ControlBit) != 0;
        if (length > PayloadMax || (isControl && (first & ~ControlBit) != Version))
        {
            throw new InvalidDataException($"not a frame of SPDY/3: it begins with {Convert.ToHexString(head)}");
        }

        var payload = new byte[length];
        await from.ReadExactlyAsync(payload, stop);
        var isLast = (head[4] & LastFlag) != 0;
        return isControl
            ? new SpdyFrame((FrameKind)BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)), 0, isLast, payload)
            : new SpdyFrame(FrameKind.Data, BinaryPrimitives.ReadInt32BigEndian(head), isLast, payload);
    }

    /// <summary>The number at the payload's begin that says which stream, or which ping, a control frame is about.</summary>
    /// <exception cref="InvalidDataException">The payload is too short for it.</exception>
    public int Subject() => Payload.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(Payload.Span) & int.MaxValue
        : throw new InvalidDataException($"a frame of kind {Kind} with {Payload.Length} bytes");

    /// <summary>The frame as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeadBytes + Payload.Length];
        if (Kind == FrameKind.Data)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, Stream);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, ControlBit | Version);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)Kind);
        }

        bytes[4] = IsLast ? LastFlag : (byte)0;
        (bytes[5], bytes[6], bytes[7]) = ((byte)(Payload.Length >> 16), (byte)(Payload.Length >> 8), (byte)Payload.Length);
        Payload.CopyTo(bytes.AsMemory(HeadBytes));
        return bytes;
    }

    /// <summary>A control frame that consists of numbers.</summary>
    public static SpdyFrame Of(FrameKind kind, params ReadOnlySpan<int> numbers)
    {
        var payload = new byte[numbers.Length * sizeof(int)];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(i * sizeof(int)), numbers[i]);
        }

        return new SpdyFrame(kind, 0, IsLast: false, payload);
    }
}
