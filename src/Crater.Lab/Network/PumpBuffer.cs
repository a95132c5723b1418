using System.Buffers;
using System.Net.Sockets;

namespace Crater.Lab.Network;

/// <summary>A buffer that is read into behind what is still to be looked at.</summary>
internal sealed class PumpBuffer : IDisposable
{
    /// <summary>Large enough for any sensible head; a longer one makes the connection a plain tunnel.</summary>
    private const int Size = 16 * 1024;

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Size);
    private int _start;
    private int _end;

    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    public bool IsFull => _start == 0 && _end == _bytes.Length;

    public async ValueTask<bool> FillAsync(Socket from, CancellationToken stop)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_bytes, _start, _bytes, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        var count = await from.ReceiveAsync(_bytes.AsMemory(_end), SocketFlags.None, stop).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    public void Skip(int count)
    {
        _start += count;
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
