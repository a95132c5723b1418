using System.Threading.Channels;

namespace Crater.Lab.Api.Streams.Spdy;

/// <summary>One stream that the client has opened: it has headers, and each side ends its own direction.</summary>
internal sealed class SpdyStream(SpdyConnection connection, int id, IReadOnlyDictionary<string, string> headers)
{
    /// <summary>Pieces that wait for their reader; beyond it the connection is not read on, since SPDY/3.1 as Kubernetes speaks it has no windows.</summary>
    private const int WaitingMax = 64;

    private readonly Channel<ReadOnlyMemory<byte>> _received = Channel.CreateBounded<ReadOnlyMemory<byte>>(WaitingMax);
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id => id;

    /// <summary>What the client has sent; completed when it ended its direction.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Received => _received.Reader;

    /// <summary>Ends when the client has been told that the stream is taken: it throws away what comes before that.</summary>
    public Task WasAccepted => _accepted.Task;

    /// <summary>Ends when the client wants nothing more of the stream, or is gone.</summary>
    public Task WasReset => _reset.Task;

    public string Header(string name) => headers.GetValueOrDefault(name, "");

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop) => connection.SendAsync(new SpdyFrame(FrameKind.Data, id, IsLast: false, bytes), stop);

    /// <summary>Ends our direction.</summary>
    public Task EndAsync(CancellationToken stop) => connection.SendAsync(new SpdyFrame(FrameKind.Data, id, IsLast: true, default), stop);

    /// <summary>Waits while its reader is behind.</summary>
    /// <returns>False when the client has ended this direction before.</returns>
    public async Task<bool> TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (await _received.Writer.WaitToWriteAsync(stop))
        {
            if (_received.Writer.TryWrite(bytes))
            {
                return true;
            }
        }

        return false;
    }

    public void Accepted() => _accepted.TrySetResult();

    public void Ended() => _received.Writer.TryComplete();

    public void Reset()
    {
        _received.Writer.TryComplete();
        _accepted.TrySetResult();
        _reset.TrySetResult();
    }
}
