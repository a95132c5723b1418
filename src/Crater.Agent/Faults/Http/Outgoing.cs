using System.Buffers;

namespace Crater.Agent.Faults.Http;

/// <summary>Bytes that leave together, in memory that is borrowed while there are any.</summary>
internal sealed class Outgoing
{
    private const int Least = 4096;

    private byte[] _bytes = [];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Count);

    public void Write(byte one) => Room(1)[0] = one;

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    /// <summary>Room for so many bytes more, to be filled in at once.</summary>
    public Span<byte> Room(int count)
    {
        if (_bytes.Length - Count < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Least, 2 * (Count + count)));
            Bytes.CopyTo(larger);
            Return();
            _bytes = larger;
        }

        Count += count;
        return _bytes.AsSpan(Count - count, count);
    }

    public void Clear()
    {
        Count = 0;
        Return();
        _bytes = [];
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
