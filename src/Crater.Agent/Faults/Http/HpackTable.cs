namespace Crater.Agent.Faults.Http;

/// <summary>One field of a head in HTTP/2; those whose names begin with a colon say method, path or status.</summary>
/// <param name="IsSecret">Whoever passes it on must not put it into a table either (RFC 7541, section 6.2.3).</param>
internal readonly record struct HeaderField(byte[] Name, byte[] Value, bool IsSecret = false)
{
    /// <summary>What it counts for in a table and in a head's size (RFC 7541, section 4.1).</summary>
    public int Size => Name.Length + Value.Length + 32;

    public bool IsNamed(ReadOnlySpan<byte> name) => Name.AsSpan().SequenceEqual(name);
}

/// <summary>The tables by which fields are named with a number: the one that everybody has (RFC 7541, appendix A), and the one that the sender of heads fills and the reader follows.</summary>
internal sealed class HpackTable
{
    /// <summary>Of the table that is filled, until its sender says otherwise.</summary>
    public const int DefaultSize = 4096;

    /// <summary>No more than this is kept for one direction of one connection; peers that agree on more are not followed.</summary>
    public const int SizeMax = 64 * 1024;

    /// <summary>The newest first in meaning, last in place.</summary>
    private readonly List<HeaderField> _filled = [];
    private int _size;
    private int _sizeMax = DefaultSize;

    public static IReadOnlyList<HeaderField> Static { get; } =
    [
        .. """
           :authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|:status 206|:status 304|:status 400|:status 404|:status 500
           |accept-charset|accept-encoding gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|content-disposition
           |content-encoding|content-language|content-length|content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|if-modified-since
           |if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server
           |set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate
           """.ReplaceLineEndings("").Split('|').Select(line => line.Split(' ', 2)).Select(parts => Of(parts[0], parts.Length > 1 ? parts[1] : "")),
    ];

    /// <summary>How much of it is used, counted as <see cref="HeaderField.Size"/> does.</summary>
    public int Size => _size;

    /// <param name="index">From 1 on: first the table that everybody has, then the newest that was added.</param>
    public bool Find(int index, out HeaderField field)
    {
        var isThere = index >= 1 && index <= Static.Count + _filled.Count;
        field = !isThere ? default : index <= Static.Count ? Static[index - 1] : _filled[_filled.Count - (index - Static.Count)];
        return isThere;
    }

    /// <summary>Adds a field in front; the oldest make room, and one that is larger than all of it leaves it empty.</summary>
    public void Add(HeaderField field)
    {
        Shrink(_sizeMax - field.Size);
        if (field.Size <= _sizeMax)
        {
            _filled.Add(field);
            _size += field.Size;
        }
    }

    /// <returns>False: that is more than is kept here.</returns>
    public bool Resize(int size)
    {
        if (size > SizeMax)
        {
            return false;
        }

        _sizeMax = size;
        Shrink(size);
        return true;
    }

    private void Shrink(int size)
    {
        var gone = 0;
        while (_size > Math.Max(size, 0))
        {
            _size -= _filled[gone++].Size;
        }

        _filled.RemoveRange(0, gone);
    }

    private static HeaderField Of(string name, string value) => new(System.Text.Encoding.ASCII.GetBytes(name), System.Text.Encoding.ASCII.GetBytes(value));
}
