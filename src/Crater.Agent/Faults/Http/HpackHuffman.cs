namespace Crater.Agent.Faults.Http;

/// <summary>The code in which HTTP/2 packs texts of header fields (RFC 7541, appendix B). Read only: what is written here is not packed.</summary>
internal static class HpackHuffman
{
    private const int EndOfText = 256;
    private const int BitsMax = 30;

    /// <summary>
    /// Bits of each letter's code, and of the end's. The code is canonical: among codes of one length they rise with the letter, and a longer one goes on where the shorter
    /// ones stop; so the lengths say it all.
    /// </summary>
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>Letters in the order of their codes.</summary>
    private static readonly short[] Letters = new short[EndOfText + 1];

    /// <summary>For each length: the first code, how many there are, and where their letters begin.</summary>
    private static readonly (uint First, int Count, int From)[] OfLength = Lay();

    /// <summary>Unpacks a text.</summary>
    /// <returns>How many letters it has; -1 when it is no text in this code, or longer than there is room.</returns>
    public static int Read(ReadOnlySpan<byte> packed, Span<byte> text)
    {
        uint code = 0;
        int bits = 0, count = 0;
        foreach (var one in packed)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | (uint)((one >> bit) & 1);
                if (++bits > BitsMax)
                {
                    return -1;
                }

                var group = OfLength[bits];
                if (code - group.First >= (uint)group.Count)
                {
                    continue;
                }

                var letter = Letters[group.From + (int)(code - group.First)];
                if (letter == EndOfText || count == text.Length)
                {
                    return -1;
                }

                text[count++] = (byte)letter;
                (code, bits) = (0, 0);
            }
        }

        // What fills the last byte up is the beginning of the end's code, all ones, and never a whole byte.
        return bits < 8 && code == (1u << bits) - 1 ? count : -1;
    }

    private static (uint First, int Count, int From)[] Lay()
    {
        var lengths = new (uint First, int Count, int From)[BitsMax + 1];
        uint code = 0;
        var from = 0;
        for (var length = 1; length <= BitsMax; length++)
        {
            code <<= 1;
            var began = from;
            for (var letter = 0; letter <= EndOfText; letter++)
            {
                if (Lengths[letter] == length)
                {
                    Letters[from++] = (short)letter;
                }
            }

            lengths[length] = (code, from - began, began);
            code += (uint)(from - began);
        }

        return lengths;
    }
}
