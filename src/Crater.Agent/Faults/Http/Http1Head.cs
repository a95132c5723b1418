using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>What the bytes in front of the reader are.</summary>
internal enum HeadKind
{
    /// <summary>More of them are needed to tell.</summary>
    Incomplete,

    /// <summary>A head, about whose meaning nobody can be in doubt.</summary>
    Clear,

    /// <summary>Not HTTP/1, or HTTP/1 that two readers might take differently.</summary>
    Unclear,
}

/// <summary>
/// The head of a request or of an answer in HTTP/1, as far as a proxy needs it. It is stricter than servers are: where RFC 9112 lets a reader be lenient (bare line ends, folded
/// lines, two lengths, a length beside chunks, blanks before a colon), the head is unclear, so that craterd and a server never disagree on where a message ends.
/// </summary>
internal ref struct Http1Head
{
    /// <summary>Longer heads than this are not taken for HTTP; servers commonly stop at 8 to 32 KiB.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Longer than any method that is registered (UPDATEREDIRECTREF).</summary>
    private const int MethodMax = 20;

    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> MethodLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    /// <summary>Of a request; empty for an answer.</summary>
    public ReadOnlySpan<byte> Method;

    /// <inheritdoc cref="Method"/>
    public ReadOnlySpan<byte> Target;

    /// <summary>Of an answer; 0 for a request.</summary>
    public int Status;

    /// <summary>Of the body; -1 when no length was given.</summary>
    public long ContentLength;

    public bool IsChunked;

    /// <summary>The client waits for leave to send its body.</summary>
    public bool ExpectsContinue;

    /// <summary>The connection ends after this message.</summary>
    public bool IsLast;

    /// <summary>A change to HTTP/2 is asked for, or granted (RFC 7540, section 3.2).</summary>
    public bool IsToHttp2;

    /// <summary>With such a request: settings of HTTP/2, in the alphabet of base64url.</summary>
    public ReadOnlySpan<byte> Http2Settings;

    /// <summary>All of it, with the empty line at its end.</summary>
    public ReadOnlySpan<byte> Bytes;

    /// <summary>The lines between the first one and the empty one.</summary>
    public ReadOnlySpan<byte> Fields;

    private bool _isOld;
    private bool _keeps;

    public static HeadKind Read(ReadOnlySpan<byte> bytes, bool isRequest, out Http1Head head)
    {
        head = new Http1Head { ContentLength = -1 };
        var at = 0;
        for (var number = 0; bytes[at..].IndexOf((byte)'\n') is var end and >= 0; number++)
        {
            if (end == 0 || bytes[at + end - 1] != '\r')
            {
                return HeadKind.Unclear;
            }

            var line = bytes.Slice(at, end - 1);
            at += end + 1;
            if (number > 0 && line.IsEmpty)
            {
                head.Bytes = bytes[..at];
                var first = bytes.IndexOf((byte)'\n') + 1;
                head.Fields = bytes[first..(at - 2)];
                head.IsLast |= head._isOld && !head._keeps;
                return head.IsChunked && (head.ContentLength >= 0 || head._isOld) ? HeadKind.Unclear : HeadKind.Clear;
            }

            if (!(number > 0 ? head.Field(line) : isRequest ? head.RequestLine(line) : head.StatusLine(line)))
            {
                return HeadKind.Unclear;
            }
        }

        return at > 0 || MayBegin(bytes, isRequest) ? HeadKind.Incomplete : HeadKind.Unclear;
    }

    /// <summary>Takes the next field from the lines.</summary>
    public static bool Next(ref ReadOnlySpan<byte> fields, out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var end = fields.IndexOf((byte)'\n');
        line = end < 0 ? [] : fields[..(end + 1)];
        var colon = line.IndexOf((byte)':');
        name = colon < 0 ? [] : line[..colon];
        value = colon < 0 ? [] : line[(colon + 1)..^2].Trim(" \t"u8);
        fields = fields[line.Length..];
        return end >= 0;
    }

    private bool RequestLine(ReadOnlySpan<byte> line)
    {
        var blank = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (blank <= 0 || last <= blank + 1 || !Version(line[(last + 1)..]))
        {
            return false;
        }

        Method = line[..blank];
        Target = line[(blank + 1)..last];
        return !Method.ContainsAnyExcept(Token) && !Target.ContainsAnyInRange((byte)0, (byte)' ') && !Target.Contains((byte)0x7f);
    }

    private bool StatusLine(ReadOnlySpan<byte> line) =>
        line.Length >= 12 && Version(line[..8]) && line[8] == ' ' && (line.Length == 12 || line[12] == ' ')
        && Utf8Parser.TryParse(line[9..12], out Status, out var digits) && digits == 3 && Status >= 100;

    private bool Version(ReadOnlySpan<byte> text)
    {
        _isOld = text.SequenceEqual("HTTP/1.0"u8);
        return _isOld || text.SequenceEqual("HTTP/1.1"u8);
    }

    private bool Field(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(Token) || line.Contains((byte)'\r') || line.Contains((byte)0))
        {
            return false;
        }

        var value = line[(colon + 1)..].Trim(" \t"u8);
        switch (colon)
        {
            case 14 when Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8):
                var isFirst = ContentLength < 0;
                return Utf8Parser.TryParse(value, out ContentLength, out var digits) && digits == value.Length && isFirst && ContentLength >= 0 && value[0] != '+';
            case 17 when Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding"u8):
                var isOnly = !IsChunked && Ascii.EqualsIgnoreCase(value, "chunked"u8);
                IsChunked = true;
                return isOnly;
            case 6 when Ascii.EqualsIgnoreCase(line[..colon], "expect"u8):
                ExpectsContinue = true;
                return true;
            case 7 when Ascii.EqualsIgnoreCase(line[..colon], "upgrade"u8):
                IsToHttp2 = Ascii.EqualsIgnoreCase(value, "h2c"u8);
                return true;
            case 14 when Ascii.EqualsIgnoreCase(line[..colon], "http2-settings"u8):
                Http2Settings = value;
                return true;
            case 10 when Ascii.EqualsIgnoreCase(line[..colon], "connection"u8):
                IsLast |= Ascii.EqualsIgnoreCase(value, "close"u8);
                _keeps |= Ascii.EqualsIgnoreCase(value, "keep-alive"u8);
                return true;
            default:
                return true;
        }
    }

    /// <summary>Programs with a protocol of their own must not wait for the end of a line that never comes.</summary>
    private static bool MayBegin(ReadOnlySpan<byte> bytes, bool isRequest)
    {
        if (!isRequest)
        {
            return "HTTP/1."u8.StartsWith(bytes[..Math.Min(bytes.Length, 7)]);
        }

        var blank = bytes.IndexOf((byte)' ');
        var method = blank < 0 ? bytes : bytes[..blank];
        return method.Length <= MethodMax && !method.ContainsAnyExcept(MethodLetters) && (blank != 0)
            && !bytes[method.Length..].TrimEnd((byte)'\r').ContainsAnyInRange((byte)0, (byte)0x1f);
    }
}
