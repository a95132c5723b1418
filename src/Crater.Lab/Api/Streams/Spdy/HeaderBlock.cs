using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Crater.Lab.Api.Streams.Spdy;

/// <summary>
/// The names and values at the opening of a stream. All blocks of one direction of a connection are one zlib stream with a dictionary that both
/// sides know, each flushed at its end; so they must all be read, in their order, even those that nobody wants.
/// </summary>
internal sealed class HeaderBlock : IDisposable
{
    /// <summary>A compressed block that is longer is refused: those of kubectl have a hundred bytes.</summary>
    public const int BlockMax = 8 * 1024;

    /// <summary>Unpacked, likewise.</summary>
    private const int TextMax = 64 * 1024;

    private const int ZlibHeadBytes = 2;
    private const int ChecksumBytes = 4;
    private const int HasDictionary = 0x20;

    /// <summary>Names that the dictionary of SPDY/3 holds, each with its length before it.</summary>
    private const string Names = "options,head,post,put,delete,trace,accept,accept-charset,accept-encoding,accept-language,accept-ranges,age,allow,authorization,cache-control,connection,"
        + "content-base,content-encoding,content-language,content-length,content-location,content-md5,content-range,content-type,date,etag,expect,expires,from,host,if-match,"
        + "if-modified-since,if-none-match,if-range,if-unmodified-since,last-modified,location,max-forwards,pragma,proxy-authenticate,proxy-authorization,range,referer,retry-after,"
        + "server,te,trailer,transfer-encoding,upgrade,user-agent,vary,via,warning,www-authenticate,method,get,status,200 OK,version,HTTP/1.1,url,public,set-cookie,keep-alive,origin";

    /// <summary>The rest of the dictionary: codes, dates and values without a length.</summary>
    private const string Rest = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently"
        + "400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec "
        + "00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
        + "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

    private readonly MemoryStream _packed = new();
    private DeflateStream? _unpacking;

    /// <summary>What both sides begin with. Its Adler-32 stands in front of the first block.</summary>
    public static byte[] Dictionary { get; } =
        [.. Names.Split(',').SelectMany(name => (byte[])[0, 0, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name)]), .. Encoding.ASCII.GetBytes(Rest)];

    /// <summary>Reads the next block of this direction.</summary>
    /// <exception cref="InvalidDataException">It is none, or too long.</exception>
    public Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        if (block.Length > BlockMax)
        {
            throw new InvalidDataException($"a block of headers with {block.Length} bytes");
        }

        if (_unpacking is null)
        {
            block = Begin(block);
        }

        // What the last block had left is its flush, which unpacks to nothing.
        _packed.SetLength(0);
        _packed.Write(block);
        _packed.Position = 0;
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        for (var count = Number(); count > 0; count--)
        {
            var name = Text();
            headers[name] = Text();
        }

        return headers;
    }

    /// <summary>The block without any header, which is all that an answer to a stream needs.</summary>
    /// <param name="isFirst">Whether it is the first of its direction: then the head of the zlib stream comes with it.</param>
    public static byte[] Empty(bool isFirst)
    {
        // Stored, not packed: four zero bytes in a block of their own; and an empty one, which is what a flush is: readers hand nothing on before it.
        byte[] stored = [0x00, sizeof(int), 0x00, 0xff - sizeof(int), 0xff, 0, 0, 0, 0, 0x00, 0x00, 0x00, 0xff, 0xff];
        return isFirst ? [0x78, 0x01, .. stored] : stored;
    }

    public void Dispose()
    {
        _unpacking?.Dispose();
        _packed.Dispose();
    }

    /// <summary>Reads the head of the zlib stream, and puts the dictionary in front of what follows as a stored block, which unpacks to what both sides know.</summary>
    private ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> block)
    {
        var withDictionary = block.Length > ZlibHeadBytes + ChecksumBytes && (block[0] & 0x0f) == 8 && (block[1] & HasDictionary) != 0
            ? block : throw new InvalidDataException("the headers are not packed with the dictionary of SPDY/3");
        _packed.SetLength(0);
        _packed.WriteByte(0);
        var length = (ushort)Dictionary.Length;
        _packed.Write([(byte)length, (byte)(length >> 8), (byte)~length, (byte)(~length >> 8)]);
        _packed.Write(Dictionary);
        _packed.Position = 0;
        _unpacking = new DeflateStream(_packed, CompressionMode.Decompress, leaveOpen: true);
        Fill(new byte[Dictionary.Length]);
        return withDictionary[(ZlibHeadBytes + ChecksumBytes)..];
    }

    private string Text()
    {
        var length = Number();
        if (length is < 0 or > TextMax)
        {
            throw new InvalidDataException($"a header of {length} bytes");
        }

        var bytes = new byte[length];
        Fill(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private int Number()
    {
        var bytes = new byte[sizeof(int)];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private void Fill(byte[] bytes)
    {
        if (_unpacking!.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new InvalidDataException("a block of headers that ends too early");
        }
    }
}
