using System.IO.Pipelines;
using Crater.Lab.Api.Streams.Spdy;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class SpdyTests
{
    /// <summary>Two blocks of one direction as zlib itself packs them with the dictionary: an error stream and a data stream of kubectl.</summary>
    private const string First = "78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c6061606100a4398b20d198094ade8c0600000000ffff";
    private const string Second = "c2aa19540e2512d60b000000ffff";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_blocks_of_one_direction_are_read_one_after_the_other()
    {
        using var headers = new HeaderBlock();
        var errors = headers.Read(Convert.FromHexString(First));
        var data = headers.Read(Convert.FromHexString(Second));
        Assert.Equal(("error", "8080", "0"), (errors["streamType"], errors["port"], errors["requestID"]));
        Assert.Equal(("data", "8080", "0"), (data["streamType"], data["port"], data["requestID"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("789c0300000000")]
    [InlineData("78f9e3c6a7c2ffffffffffff")]
    public void What_is_no_block_is_refused(string block)
    {
        using var headers = new HeaderBlock();
        Assert.Throws<InvalidDataException>(() => headers.Read(Convert.FromHexString(block)));
    }

    [Fact]
    public async Task A_stream_is_accepted_before_anything_is_sent_on_it()
    {
        await using var peer = new Peer(async (stream, stop) =>
        {
            await stream.WasAccepted;
            await stream.SendAsync("hello"u8.ToArray(), stop);
            await stream.EndAsync(stop);
        });
        await peer.OpenAsync(1);
        Assert.Equal((FrameKind.AcceptStream, 1), (await peer.NextAsync() is { } accepted ? (accepted.Kind, accepted.Subject()) : default));
        var data = await peer.NextAsync();
        Assert.Equal((FrameKind.Data, 1, "hello"), (data.Kind, data.Stream, System.Text.Encoding.ASCII.GetString(data.Payload.Span)));
        Assert.True((await peer.NextAsync()).IsLast);
    }

    [Fact]
    public async Task A_clients_ping_is_sent_back_and_an_answer_to_one_is_not()
    {
        await using var peer = new Peer((_, _) => Task.CompletedTask);
        await peer.SendAsync(SpdyFrame.Of(FrameKind.Ping, 2));
        await peer.SendAsync(SpdyFrame.Of(FrameKind.Ping, 7));
        var pong = await peer.NextAsync();
        Assert.Equal((FrameKind.Ping, 7), (pong.Kind, pong.Subject()));
    }

    [Fact]
    public async Task Data_for_a_stream_that_nobody_opened_resets_it()
    {
        await using var peer = new Peer((_, _) => Task.CompletedTask);
        await peer.SendAsync(new SpdyFrame(FrameKind.Data, 5, IsLast: false, "x"u8.ToArray()));
        var reset = await peer.NextAsync();
        Assert.Equal((FrameKind.ResetStream, 5), (reset.Kind, reset.Subject()));
    }

    [Fact]
    public async Task A_reset_ends_what_the_stream_was_to_bring()
    {
        var ended = new TaskCompletionSource<bool>();
        await using var peer = new Peer(async (stream, _) => ended.SetResult(await stream.Received.WaitToReadAsync(Stop)));
        await peer.OpenAsync(1);
        await peer.SendAsync(SpdyFrame.Of(FrameKind.ResetStream, 1, 5));
        Assert.False(await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    /// <summary>A client's end of a connection, with our server's side running at the other one.</summary>
    private sealed class Peer : IAsyncDisposable
    {
        private readonly Pipe _to = new();
        private readonly Pipe _from = new();
        private readonly SpdyConnection _server;
        private readonly Task _running;

        public Peer(Func<SpdyStream, CancellationToken, Task> opened)
        {
            _server = new SpdyConnection(new Both(_to.Reader.AsStream(), _from.Writer.AsStream()));
            _running = _server.RunAsync(stream =>
            {
                _ = opened(stream, Stop);
                return null;
            }, Stop);
        }

        public Task OpenAsync(int id) =>
            SendAsync(new SpdyFrame(FrameKind.OpenStream, 0, IsLast: false, (byte[])[0, 0, 0, (byte)id, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(First)]));

        public async Task SendAsync(SpdyFrame frame) => await _to.Writer.WriteAsync(frame.ToBytes(), Stop);

        public async Task<SpdyFrame> NextAsync() => (await SpdyFrame.ReadAsync(_from.Reader.AsStream(), Stop))!.Value;

        public async ValueTask DisposeAsync()
        {
            await _to.Writer.CompleteAsync();
            await _running;
            _server.Dispose();
        }
    }

    /// <summary>What is read from one stream and written to another.</summary>
    private sealed class Both(Stream from, Stream to) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => from.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => to.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => to.FlushAsync(cancellationToken);

        public override void Flush() => to.Flush();

        public override int Read(byte[] buffer, int offset, int count) => from.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => to.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
