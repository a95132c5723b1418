using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Crater.Lab.Api.Streams.Spdy;

/// <summary>The server's side of a SPDY/3.1 connection, as far as Kubernetes' streams use it: streams that the client opens, their data, resets and pings.</summary>
/// <param name="wire">Bytes in both directions; the caller closes it.</param>
internal sealed class SpdyConnection(Stream wire) : IDisposable
{
    /// <summary>The opening of a stream: its number, that of the stream it belongs to, and its priority.</summary>
    private const int OpeningBytes = 10;

    private readonly ConcurrentDictionary<int, SpdyStream> _streams = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly HeaderBlock _headers = new();
    private bool _hasAnswered;
    private int _newest;

    /// <summary>Reads frames until the client leaves.</summary>
    /// <param name="opened">Is given each stream that the client opens, before anything of it; a reason refuses it. It must not wait.</param>
    /// <exception cref="InvalidDataException">What comes is not SPDY/3.</exception>
    public async Task RunAsync(Func<SpdyStream, ResetReason?> opened, CancellationToken stop)
    {
        try
        {
            while (await SpdyFrame.ReadAsync(wire, stop) is { } frame)
            {
                await TakeAsync(frame, opened, stop);
            }
        }
        finally
        {
            foreach (var stream in _streams.Values)
            {
                stream.Reset();
            }
        }
    }

    public async Task SendAsync(SpdyFrame frame, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            await wire.WriteAsync(frame.ToBytes(), stop);
            await wire.FlushAsync(stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Both directions are over: what still comes for the stream is answered with a reset.</summary>
    public void Forget(SpdyStream stream) => _streams.TryRemove(stream.Id, out _);

    public void Dispose()
    {
        _headers.Dispose();
        _turn.Dispose();
    }

    private async Task TakeAsync(SpdyFrame frame, Func<SpdyStream, ResetReason?> opened, CancellationToken stop)
    {
        switch (frame.Kind)
        {
            case FrameKind.OpenStream:
                await OpenAsync(frame, opened, stop);
                break;
            case FrameKind.Data:
                await DataAsync(frame, stop);
                break;
            case FrameKind.ResetStream when _streams.TryRemove(frame.Subject(), out var ended):
                ended.Reset();
                break;
            case FrameKind.Headers:
                // Nobody asks for them, but the next block is packed with what they say.
                _headers.Read(frame.Payload.Span[Math.Min(sizeof(int), frame.Payload.Length)..]);
                break;
            case FrameKind.Ping when frame.Subject() % 2 == 1:
                // The client's pings have odd numbers; an even one is an answer to a ping of ours.
                await SendAsync(frame, stop);
                break;
            default:
                // Settings, windows, farewells, and what was reset before: nothing follows from them here.
                break;
        }
    }

    private async Task OpenAsync(SpdyFrame frame, Func<SpdyStream, ResetReason?> opened, CancellationToken stop)
    {
        var id = frame.Subject();
        var headers = frame.Payload.Length > OpeningBytes ? _headers.Read(frame.Payload.Span[OpeningBytes..])
            : throw new InvalidDataException("a stream without headers");
        if (id % 2 == 0 || id <= _newest)
        {
            await SendAsync(SpdyFrame.Of(FrameKind.ResetStream, id, (int)ResetReason.ProtocolError), stop);
            return;
        }

        _newest = id;
        var stream = new SpdyStream(this, id, headers);
        _streams[id] = stream;
        if (frame.IsLast)
        {
            stream.Ended();
        }

        if (opened(stream) is { } reason)
        {
            Forget(stream);
            await SendAsync(SpdyFrame.Of(FrameKind.ResetStream, id, (int)reason), stop);
            return;
        }

        var answer = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(answer, id);
        await SendAsync(new SpdyFrame(FrameKind.AcceptStream, 0, IsLast: false, (byte[])[.. answer, .. HeaderBlock.Empty(isFirst: !_hasAnswered)]), stop);
        _hasAnswered = true;
        stream.Accepted();
    }

    private async Task DataAsync(SpdyFrame frame, CancellationToken stop)
    {
        var isKnown = _streams.TryGetValue(frame.Stream, out var stream);
        if (isKnown && (frame.Payload.Length == 0 || await stream!.TakeAsync(frame.Payload, stop)))
        {
            if (frame.IsLast)
            {
                stream!.Ended();
            }
        }
        else if (!frame.IsLast)
        {
            var reason = isKnown ? ResetReason.StreamClosed : ResetReason.InvalidStream;
            await SendAsync(SpdyFrame.Of(FrameKind.ResetStream, frame.Stream, (int)reason), stop);
        }
    }
}
