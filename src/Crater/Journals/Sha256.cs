using System.Buffers.Binary;
using System.Numerics;

namespace Crater.Journals;

/// <summary>
/// SHA-256 in plain code (FIPS 180-4), for contents of some megabytes at most. The system's own comes with a library of cryptography: to load it takes longer than to hash the
/// files of a usual run, and not every host has it.
/// </summary>
internal static class Sha256
{
    /// <value>So much is looked at at once: a multiple of a block. Unit: bytes.</value>
    private const int PieceLength = 32 * 1024;

    private const int BlockLength = 64;

    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static ReadOnlySpan<uint> Start => [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    public static byte[] Of(ReadOnlySpan<byte> content)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return Of(stream);
    }

    /// <summary>Keyed (RFC 2104).</summary>
    /// <param name="key">At most 64 bytes.</param>
    public static byte[] Keyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, BlockLength);
        Span<byte> inner = stackalloc byte[BlockLength];
        Span<byte> outer = stackalloc byte[BlockLength];
        for (var i = 0; i < BlockLength; i++)
        {
            var letter = i < key.Length ? key[i] : (byte)0;
            (inner[i], outer[i]) = ((byte)(letter ^ 0x36), (byte)(letter ^ 0x5c));
        }

        return Of([.. outer, .. Of([.. inner, .. content])]);
    }

    /// <param name="content">From where it stands to its end.</param>
    public static byte[] Of(Stream content)
    {
        Span<uint> state = stackalloc uint[8];
        Start.CopyTo(state);

        // Room for what ends the last piece: a single bit, zeros, and the length in bits, up to the end of a block or of the next.
        var piece = new byte[PieceLength + (2 * BlockLength)];
        var length = 0L;
        int read;
        do
        {
            read = content.ReadAtLeast(piece.AsSpan(0, PieceLength), PieceLength, throwOnEndOfStream: false);
            length += read;
            var size = read < PieceLength ? End(piece, read, length) : read;
            for (var at = 0; at < size; at += BlockLength)
            {
                Mix(state, piece.AsSpan(at, BlockLength));
            }
        }
        while (read == PieceLength);

        var hash = new byte[32];
        for (var i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(i * 4), state[i]);
        }

        return hash;
    }

    private static int End(byte[] piece, int used, long length)
    {
        var size = (used + 9 + BlockLength - 1) / BlockLength * BlockLength;
        piece.AsSpan(used, size - used).Clear();
        piece[used] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(piece.AsSpan(size - 8), length * 8);
        return size;
    }

    // FIPS 180-4, 6.2.2.
    private static void Mix(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[64];
        for (var i = 0; i < 64; i++)
        {
            words[i] = i < 16
                ? BinaryPrimitives.ReadUInt32BigEndian(block[(i * 4)..])
                : Spread(words[i - 2], 17, 19, 10) + words[i - 7] + Spread(words[i - 15], 7, 18, 3) + words[i - 16];
        }

        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var i = 0; i < 64; i++)
        {
            var one = h + Turn(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + Constants[i] + words[i];
            var two = Turn(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
        }

        ReadOnlySpan<uint> sums = [a, b, c, d, e, f, g, h];
        for (var i = 0; i < 8; i++)
        {
            state[i] += sums[i];
        }
    }

    private static uint Turn(uint value, int one, int two, int three) =>
        BitOperations.RotateRight(value, one) ^ BitOperations.RotateRight(value, two) ^ BitOperations.RotateRight(value, three);

    private static uint Spread(uint value, int one, int two, int shift) => BitOperations.RotateRight(value, one) ^ BitOperations.RotateRight(value, two) ^ (value >> shift);
}
