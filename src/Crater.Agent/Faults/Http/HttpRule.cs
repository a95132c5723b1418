using System.Text;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Http;

/// <summary>What is done to a request.</summary>
internal enum HttpAct
{
    /// <summary>It goes on unchanged.</summary>
    Pass,

    /// <summary>It goes on later.</summary>
    Delay,

    /// <summary>Its connection is cut off; the server does not see it.</summary>
    Abort,

    /// <summary>The proxy answers it; the server does not see it.</summary>
    Answer,

    /// <summary>The server answers it, and the answer gets another body.</summary>
    Replace,
}

/// <summary>Which requests are hit, and what happens to them. Knows nothing of connections or of versions of HTTP.</summary>
/// <param name="Methods">In capitals; empty for every method.</param>
/// <param name="Path">With * for any characters; compared with the path alone, or with path and query when it holds a question mark.</param>
/// <param name="Field">Name of a header field in lower case, and what its value must be; null for no such condition.</param>
/// <param name="Percent">Share of the matching requests that is hit.</param>
/// <param name="Seed">Of the lots and of the jitter.</param>
/// <param name="ContentType">Of the body; empty for that of the answer that is changed, or plain text.</param>
internal sealed record HttpRule(
    HttpAct Act, IReadOnlyList<byte[]> Methods, Pattern Path, (byte[] Name, Pattern Value)? Field, int Percent,
    TimeSpan Delay, TimeSpan Jitter, int Status, byte[] Body, byte[] ContentType, int Seed)
{
    private readonly Random _dice = new(Seed);
    private volatile bool _isOver;
    private long _seen;
    private long _hit;

    /// <summary>What has come by so far.</summary>
    public Tally Tally => new(Volatile.Read(ref _seen), Volatile.Read(ref _hit));

    /// <summary>A request has come, whichever.</summary>
    public void See() => Volatile.Write(ref _seen, _seen + 1);

    /// <summary>From now on every request passes.</summary>
    public void End() => _isOver = true;

    public bool IsOver => _isOver;

    /// <summary>Whether method and path are those that are hit.</summary>
    /// <param name="target">As it was sent: a path with a query, or a whole address.</param>
    public bool Matches(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        if (Methods.Count > 0)
        {
            var isOne = false;
            foreach (var known in Methods)
            {
                isOne |= method.SequenceEqual(known);
            }

            if (!isOne)
            {
                return false;
            }
        }

        return Path.IsAny || Path.Matches(Comparable(target));
    }

    /// <summary>Whether this is the header field that is asked for.</summary>
    public bool IsField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Field is { } field && Ascii.EqualsIgnoreCase(name, field.Name) && field.Value.Matches(value);

    /// <summary>Draws the lot of a request that matches.</summary>
    public HttpAct Draw()
    {
        var isHit = Percent >= 100 || _dice.Next(100) < Percent;
        Volatile.Write(ref _hit, _hit + (isHit ? 1 : 0));
        return isHit ? Act : HttpAct.Pass;
    }

    public TimeSpan NextDelay() => Delay + (Jitter * ((_dice.NextDouble() * 2) - 1));

    private ReadOnlySpan<byte> Comparable(ReadOnlySpan<byte> target)
    {
        // Proxies get whole addresses: http://host/path.
        if (target.Length > 0 && target[0] != '/' && target.IndexOf("://"u8) is var scheme and > 0)
        {
            var path = target[(scheme + 3)..].IndexOf((byte)'/');
            target = path < 0 ? "/"u8 : target[(scheme + 3 + path)..];
        }

        var query = Path.HasQuestion ? -1 : target.IndexOf((byte)'?');
        return query < 0 ? target : target[..query];
    }
}

/// <summary>A text in which * stands for any characters, none included.</summary>
internal sealed class Pattern(string text)
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    public bool IsAny { get; } = text is "" or "*";

    public bool HasQuestion { get; } = text.Contains('?', StringComparison.Ordinal);

    public bool Matches(ReadOnlySpan<byte> candidate)
    {
        // The last star may take more characters as long as what follows it does not fit: no more than length times length steps.
        int at = 0, from = 0, star = -1, taken = 0;
        while (at < candidate.Length)
        {
            if (from < _text.Length && _text[from] == '*')
            {
                (star, taken) = (from++, at);
            }
            else if (from < _text.Length && _text[from] == candidate[at])
            {
                from++;
                at++;
            }
            else if (star >= 0)
            {
                from = star + 1;
                at = ++taken;
            }
            else
            {
                return false;
            }
        }

        return _text.AsSpan(from).IndexOfAnyExcept((byte)'*') < 0;
    }
}
