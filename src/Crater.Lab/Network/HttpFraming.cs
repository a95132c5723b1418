namespace Crater.Lab.Network;

/// <summary>What the bytes in front of the reader are.</summary>
internal enum FramePart
{
    /// <summary>More bytes are needed to tell.</summary>
    Incomplete,

    /// <summary>A whole head.</summary>
    Head,

    /// <summary>A piece of a body, not its end.</summary>
    Body,

    /// <summary>A piece of a body with its end.</summary>
    BodyEnd,

    /// <summary>Not HTTP/1, or no longer: everything passes.</summary>
    Tunnel,
}

/// <summary>Finds the borders of HTTP/1 messages in a stream of bytes; it changes nothing and keeps nothing.</summary>
/// <param name="isAnswers">
/// Whether the bytes come from the server. An answer begins with its version and nothing else: PostgreSQL's first one is a single letter, and whoever
/// took that for a method would hold it back for ever.
/// </param>
internal sealed class HttpFraming(bool isAnswers = false)
{
    /// <summary>Longer first lines than this are not taken for HTTP; servers commonly stop at 8 KiB.</summary>
    private const int FirstLineMax = 8 * 1024;

    /// <summary>Longer than any method that is registered (UPDATEREDIRECTREF).</summary>
    private const int MethodMax = 20;

    private BodyForm _body = BodyForm.None;
    private long _left;
    private ChunkedBody _chunked;

    /// <summary>The next byte begins a head.</summary>
    public bool IsBetweenMessages => _body == BodyForm.None;

    /// <summary>Looks at the next part of <paramref name="bytes"/>.</summary>
    /// <param name="isFull">No more bytes will fit in front of these: what is still incomplete will never be complete.</param>
    /// <param name="length">How many bytes belong to the part.</param>
    public FramePart Next(ReadOnlySpan<byte> bytes, bool isFull, out int length)
    {
        length = bytes.Length;
        switch (_body)
        {
            case BodyForm.Tunnel:
                return FramePart.Tunnel;
            case BodyForm.UntilClose:
                return FramePart.Body;
            case BodyForm.Length:
                length = (int)Math.Min(bytes.Length, _left);
                _left -= length;
                return End(_left == 0);
            case BodyForm.Chunked:
                length = _chunked.Consume(bytes, out var isEnd);
                return End(isEnd);
            default:
                return Head(bytes, isFull, out length);
        }
    }

    /// <summary>Says how the body after the head that was found goes on.</summary>
    public void Begin(BodyForm body, long length)
    {
        (_body, _left) = (body, length);
        _chunked = default;
    }

    private FramePart End(bool isEnd)
    {
        if (isEnd)
        {
            _body = BodyForm.None;
        }

        return isEnd ? FramePart.BodyEnd : FramePart.Body;
    }

    private FramePart Head(ReadOnlySpan<byte> bytes, bool isFull, out int length)
    {
        length = bytes.Length;
        var line = bytes.IndexOf((byte)'\n');
        if (line >= 0 ? !IsFirstLine(bytes[..line], isAnswers) : bytes.Length > FirstLineMax || !MayBegin(bytes, isAnswers))
        {
            _body = BodyForm.Tunnel;
            return FramePart.Tunnel;
        }

        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end >= 0)
        {
            length = end + 4;
            return FramePart.Head;
        }

        if (isFull)
        {
            _body = BodyForm.Tunnel;
            return FramePart.Tunnel;
        }

        return FramePart.Incomplete;
    }

    /// <summary>Programs that speak lines of their own ("GET key") must not wait for the end of a head that never comes.</summary>
    private static bool IsFirstLine(ReadOnlySpan<byte> line, bool isAnswer) =>
        isAnswer ? line.StartsWith("HTTP/1."u8) : line.EndsWith(" HTTP/1.1\r"u8) || line.EndsWith(" HTTP/1.0\r"u8);

    private static bool MayBegin(ReadOnlySpan<byte> bytes, bool isAnswer)
    {
        if (isAnswer)
        {
            return "HTTP/1."u8.StartsWith(bytes[..Math.Min(bytes.Length, 7)]);
        }

        // A method in capitals, then text: binary protocols whose first byte looks like a letter must not wait for a line's end.
        var blank = bytes.IndexOf((byte)' ');
        var method = blank < 0 ? bytes : bytes[..blank];
        return method.Length is > 0 and <= MethodMax && !method.ContainsAnyExceptInRange((byte)'A', (byte)'Z')
            && !bytes[method.Length..].TrimEnd((byte)'\r').ContainsAnyExceptInRange((byte)0x20, (byte)0x7e);
    }
}
