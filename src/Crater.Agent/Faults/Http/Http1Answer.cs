using System.Globalization;
using System.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>Answers in HTTP/1 that are not, or not wholly, the server's.</summary>
internal static class Http1Answer
{
    /// <summary>Fields that say how a body is sent or what it holds; wrong for another body.</summary>
    private static readonly string[] OfTheBody = ["content-length", "transfer-encoding", "content-encoding", "content-md5", "digest", "content-digest", "repr-digest", "trailer"];

    /// <summary>The rule's own answer.</summary>
    /// <param name="isLast">The connection ends after it.</param>
    public static byte[] Write(HttpRule rule, bool isLast, bool withBody)
    {
        var hasBody = rule.Status is not (204 or 304);
        var head = new StringBuilder("HTTP/1.1 ").Append(rule.Status.ToString(CultureInfo.InvariantCulture)).Append(' ').Append(Reason(rule.Status)).Append("\r\n");
        if (hasBody)
        {
            head.Append("Content-Type: ").Append(Encoding.UTF8.GetString(TypeOf(rule))).Append("\r\nContent-Length: ")
                .Append(rule.Body.Length.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        }

        head.Append(isLast ? "Connection: close\r\n\r\n" : "\r\n");
        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. hasBody && withBody ? rule.Body : []];
    }

    /// <summary>The server's head with another body behind it.</summary>
    public static byte[] Rewrite(in Http1Head head, HttpRule rule)
    {
        var changed = new List<byte>(head.Bytes.Length + rule.Body.Length + 64);
        changed.AddRange(head.Bytes[..(head.Bytes.IndexOf((byte)'\n') + 1)]);
        var fields = head.Fields;
        while (Http1Head.Next(ref fields, out var line, out var name, out _))
        {
            if (!IsOfTheBody(name) && !(rule.ContentType.Length > 0 && Ascii.EqualsIgnoreCase(name, "content-type"u8)))
            {
                changed.AddRange(line);
            }
        }

        if (rule.ContentType.Length > 0)
        {
            changed.AddRange("Content-Type: "u8);
            changed.AddRange(rule.ContentType);
            changed.AddRange("\r\n"u8);
        }

        changed.AddRange(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {rule.Body.Length}\r\n\r\n")));
        changed.AddRange(rule.Body);
        return [.. changed];
    }

    public static bool IsOfTheBody(ReadOnlySpan<byte> name)
    {
        foreach (var known in OfTheBody)
        {
            if (name.Length == known.Length && Ascii.EqualsIgnoreCase(name, known))
            {
                return true;
            }
        }

        return false;
    }

    public static ReadOnlySpan<byte> TypeOf(HttpRule rule) => rule.ContentType.Length > 0 ? rule.ContentType : "text/plain; charset=utf-8"u8;

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Injected",
    };
}
