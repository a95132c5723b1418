using System.Buffers.Binary;

namespace Crater.Agent.Faults.Http;

/// <summary>Kinds of frames (RFC 9113, section 6).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    Reset = 3,
    Settings = 4,
    Promise = 5,
    Ping = 6,
    GoAway = 7,
    Window = 8,
    Continuation = 9,

    /// <summary>Of RFC 9218; names streams in its content.</summary>
    PriorityUpdate = 16,
}

/// <summary>Bits and numbers of frames, and how they are written.</summary>
internal static class Http2Frame
{
    public const int HeadBytes = 9;

    /// <summary>Every reader takes frames of this length.</summary>
    public const int LengthMax = 16 * 1024;

    /// <summary>Of DATA and HEADERS: nothing follows from this side.</summary>
    public const byte EndsStream = 0x1;

    /// <summary>Of SETTINGS and PING.</summary>
    public const byte IsAnswer = 0x1;

    public const byte EndsHeaders = 0x4;
    public const byte IsPadded = 0x8;
    public const byte HasPriority = 0x20;

    public const uint NoError = 0x0;
    public const uint InternalError = 0x2;

    /// <summary>Nothing has been done for the request; it may be sent again.</summary>
    public const uint Refused = 0x7;

    public const ushort InitialWindow = 4;

    public static void Write(Outgoing to, FrameType type, byte flags, int stream, ReadOnlySpan<byte> content)
    {
        Head(to.Room(HeadBytes), content.Length, type, flags, stream);
        to.Write(content);
    }

    public static void WriteNumber(Outgoing to, FrameType type, int stream, uint number)
    {
        Span<byte> content = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(content, number);
        Write(to, type, 0, stream, content);
    }

    public static void WriteGoAway(Outgoing to, int last, uint error)
    {
        Span<byte> content = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(content, last);
        BinaryPrimitives.WriteUInt32BigEndian(content[4..], error);
        Write(to, FrameType.GoAway, 0, 0, content);
    }

    /// <summary>A whole head, in as many frames as it takes.</summary>
    public static void WriteHeaders(Outgoing to, int stream, ReadOnlySpan<byte> block, bool isEnd)
    {
        var type = FrameType.Headers;
        do
        {
            var part = block[..Math.Min(block.Length, LengthMax)];
            block = block[part.Length..];
            var flags = (block.IsEmpty ? EndsHeaders : 0) | (isEnd && type == FrameType.Headers ? EndsStream : 0);
            Write(to, type, (byte)flags, stream, part);
            type = FrameType.Continuation;
        }
        while (!block.IsEmpty);
    }

    public static void Head(Span<byte> head, int length, FrameType type, byte flags, int stream)
    {
        (head[0], head[1], head[2], head[3], head[4]) = ((byte)(length >> 16), (byte)(length >> 8), (byte)length, (byte)type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
    }
}

/// <summary>One frame, or a head with the frames that continue it, or a part of a long DATA frame that is as good as a frame.</summary>
internal ref struct Http2Unit
{
    public FrameType Type;
    public byte Flags;

    /// <summary>0 for the connection.</summary>
    public int Stream;

    /// <summary>All of it, as it was sent; of a part of a frame, empty.</summary>
    public ReadOnlySpan<byte> Raw;

    /// <summary>What the frame holds, padding included: for DATA, what counts for the windows.</summary>
    public ReadOnlySpan<byte> Content;

    /// <summary>Of HEADERS and PUSH_PROMISE: the packed head, in one piece.</summary>
    public ReadOnlySpan<byte> Block;

    /// <summary>Of PUSH_PROMISE.</summary>
    public int Promised;

    /// <summary>How many bytes it took.</summary>
    public int Count;

    public readonly bool IsEnd => (Flags & Http2Frame.EndsStream) != 0;

    public readonly uint Number => BinaryPrimitives.ReadUInt32BigEndian(Content);
}
