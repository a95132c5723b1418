using System.Net.WebSockets;
using System.Text;

namespace Crater.Kubernetes.Client;

/// <summary>One connection to a port of a pod as a stream: channel 0 of a WebSocket is the data, channel 1 says what went wrong; each begins with the port's number.</summary>
internal sealed class PortStream(ClientWebSocket socket, Func<string, Exception> failed) : Stream
{
    private const byte Data = 0;

    private readonly byte[] _buffer = new byte[32 * 1024];
    private readonly int[] _announced = [0, 0];
    private ReadOnlyMemory<byte> _left;
    private int _channel = -1;
    private bool _isOver;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="KubernetesException">CRT5214: nobody listens there, or the node could not connect.</exception>
    /// <exception cref="IOException">The way there broke: what a reader of any other connection would get.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_left.IsEmpty && !_isOver)
        {
            await ReceiveAsync(cancellationToken);
        }

        var count = Math.Min(_left.Length, buffer.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var message = new byte[buffer.Length + 1];
        message[0] = Data;
        buffer.CopyTo(message.AsMemory(1));
        try
        {
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Every write is a message that has gone.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task ReceiveAsync(CancellationToken abort)
    {
        var received = await NextAsync(abort);
        if (received.MessageType == WebSocketMessageType.Close)
        {
            _isOver = true;
            return;
        }

        var piece = (ReadOnlyMemory<byte>)_buffer.AsMemory(0, received.Count);
        if (_channel < 0 && piece.Length > 0)
        {
            (_channel, piece) = (piece.Span[0], piece[1..]);
        }

        if (_channel is 0 or 1)
        {
            var number = Math.Min(piece.Length, 2 - _announced[_channel]);
            _announced[_channel] += number;
            piece = piece[number..];
        }

        if (_channel == 1 && piece.Length > 0)
        {
            throw failed(Encoding.UTF8.GetString(piece.Span));
        }

        _left = _channel == Data ? piece : default;
        _channel = received.EndOfMessage ? -1 : _channel;
    }

    private async Task<ValueWebSocketReceiveResult> NextAsync(CancellationToken abort)
    {
        try
        {
            return await socket.ReceiveAsync(_buffer.AsMemory(), abort);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    private static IOException Broken(Exception e) => new($"The connection to the pod through the API server broke: {e.Message}", e);
}
