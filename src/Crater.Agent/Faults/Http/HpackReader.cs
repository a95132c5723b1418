namespace Crater.Agent.Faults.Http;

/// <summary>
/// Reads the heads of one direction of a connection (RFC 7541). Every head that goes that way has to come by here, in order, whatever becomes of it: each may refer to what earlier
/// ones added to the table. How large the table is the sender says in the heads themselves, so nothing else needs to be known for it.
/// </summary>
internal sealed class HpackReader
{
    /// <summary>Of one head, unpacked; a small block could otherwise stand for a thousand times its length.</summary>
    public const int ListMax = 256 * 1024;

    private readonly HpackTable _table = new();

    /// <summary>How much of the table is used.</summary>
    public int TableSize => _table.Size;

    /// <param name="block">All of a head.</param>
    /// <param name="fields">In their order.</param>
    /// <returns>False: it is not what the standard says, or too much; nobody can tell the meaning of later heads then.</returns>
    public bool Read(ReadOnlySpan<byte> block, List<HeaderField> fields)
    {
        var (at, left, mayResize) = (0, ListMax, true);
        while (at < block.Length)
        {
            var first = block[at];
            if ((first & 0xe0) == 0x20)
            {
                // New sizes of the table stand in front of the fields, and nowhere else.
                if (!mayResize || !Number(block, ref at, 5, out var size) || !_table.Resize(size))
                {
                    return false;
                }

                continue;
            }

            mayResize = false;
            HeaderField field;
            if ((first & 0x80) != 0)
            {
                if (!Number(block, ref at, 7, out var index) || !_table.Find(index, out field))
                {
                    return false;
                }
            }
            else if (!Literal(block, ref at, first, out field))
            {
                return false;
            }

            left -= field.Size;
            if (left < 0)
            {
                return false;
            }

            fields.Add(field);
        }

        return true;
    }

    private bool Literal(ReadOnlySpan<byte> block, ref int at, byte first, out HeaderField field)
    {
        var isAdded = (first & 0xc0) == 0x40;
        field = default;
        if (!Number(block, ref at, isAdded ? 6 : 4, out var index))
        {
            return false;
        }

        byte[]? name;
        if (index == 0)
        {
            name = Text(block, ref at);
        }
        else
        {
            name = _table.Find(index, out var known) ? known.Name : null;
        }

        if (name is null || Text(block, ref at) is not { } value)
        {
            return false;
        }

        field = new HeaderField(name, value, IsSecret: (first & 0xf0) == 0x10);
        if (isAdded)
        {
            _table.Add(field);
        }

        return true;
    }

    /// <summary>A number whose first bits share a byte with what it means (RFC 7541, section 5.1).</summary>
    private static bool Number(ReadOnlySpan<byte> block, ref int at, int bits, out int number)
    {
        var mask = (1 << bits) - 1;
        number = block[at++] & mask;
        if (number < mask)
        {
            return true;
        }

        // Four bytes more are 28 bits: far above every size that is allowed here.
        for (var shift = 0; shift < 28 && at < block.Length; shift += 7)
        {
            var next = block[at++];
            number += (next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static byte[]? Text(ReadOnlySpan<byte> block, ref int at)
    {
        if (at >= block.Length)
        {
            return null;
        }

        var isPacked = (block[at] & 0x80) != 0;
        if (!Number(block, ref at, 7, out var length) || length > block.Length - at)
        {
            return null;
        }

        var bytes = block.Slice(at, length);
        at += length;
        if (!isPacked)
        {
            return bytes.ToArray();
        }

        // The shortest code has five bits.
        Span<byte> room = length <= 1024 ? stackalloc byte[length * 8 / 5] : new byte[length * 8 / 5];
        var count = HpackHuffman.Read(bytes, room);
        return count < 0 ? null : room[..count].ToArray();
    }
}
