using System.Text;

namespace Crater.Lab.Network;

/// <summary>How the body after a head ends.</summary>
internal enum BodyForm { None, Length, Chunked, UntilClose, Tunnel }

/// <summary>What the proxy needs to know of a request's or an answer's head.</summary>
/// <param name="Method">Of a request; empty for an answer.</param>
/// <param name="Status">Of an answer; 0 for a request.</param>
internal readonly record struct HttpHead(string Method, string Path, int Status, BodyForm Body, long Length, bool ExpectsContinue)
{
    private const StringComparison Ignore = StringComparison.OrdinalIgnoreCase;

    /// <summary>Reads a request's head; null when this is not HTTP/1.</summary>
    public static HttpHead? Request(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head);
        var words = FirstLine(text).Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            return null;
        }

        var body = Framing(text, out var length);
        body = words[0] == "CONNECT" ? BodyForm.Tunnel : body == BodyForm.UntilClose ? BodyForm.None : body;
        return new HttpHead(words[0], words[1], 0, body, length, string.Equals(Field(text, "Expect"), "100-continue", Ignore));
    }

    /// <summary>Reads an answer's head; null when this is not HTTP/1.</summary>
    /// <param name="method">Of the request that it answers.</param>
    public static HttpHead? Answer(ReadOnlySpan<byte> head, string method)
    {
        var text = Encoding.Latin1.GetString(head);
        var words = FirstLine(text).Split(' ');
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(words[1], out var status))
        {
            return null;
        }

        var body = Framing(text, out var length);
        if (status == 101 || (method == "CONNECT" && status is >= 200 and < 300))
        {
            body = BodyForm.Tunnel;
        }
        else if (method == "HEAD" || status is 204 or 304 or (>= 100 and < 200))
        {
            body = BodyForm.None;
        }

        return new HttpHead("", "", status, body, length, ExpectsContinue: false);
    }

    private static string FirstLine(string text) => text[..text.IndexOf('\r', StringComparison.Ordinal)];

    private static BodyForm Framing(string text, out long length)
    {
        length = 0;
        if (Field(text, "Transfer-Encoding") is { } coding && coding.EndsWith("chunked", Ignore))
        {
            return BodyForm.Chunked;
        }

        if (long.TryParse(Field(text, "Content-Length"), out length))
        {
            return length > 0 ? BodyForm.Length : BodyForm.None;
        }

        return BodyForm.UntilClose;
    }

    /// <summary>The value of a header field; null when it is not there.</summary>
    private static string? Field(string text, string name)
    {
        for (var at = text.IndexOf('\n', StringComparison.Ordinal) + 1; at > 0 && at < text.Length; at = text.IndexOf('\n', at) + 1)
        {
            var after = at + name.Length;
            if (after < text.Length && text[after] == ':' && string.Compare(text, at, name, 0, name.Length, Ignore) == 0)
            {
                return text[(after + 1)..text.IndexOf('\r', after)].Trim();
            }
        }

        return null;
    }
}
