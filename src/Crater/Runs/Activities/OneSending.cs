namespace Crater.Runs.Activities;

/// <summary>
/// Sees to it that a request is sent once. The framework's client opens another connection and sends it again when the first one ends without a byte of answer;
/// whether that is wanted is for the document's <c>max_retries</c> to say, since an action may not bear to be done twice.
/// </summary>
internal sealed class OneSending
{
    private volatile bool _isAnswerDue;

    /// <summary>From here on a connection may be opened, and further ones once something was answered.</summary>
    public void Begin() => _isAnswerDue = false;

    /// <summary>For <see cref="SocketsHttpHandler.PlaintextStreamFilter"/>.</summary>
    public ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken stop)
    {
        if (_isAnswerDue)
        {
            throw new HttpRequestException("The connection was closed before anything was answered.");
        }

        _isAnswerDue = true;
        return ValueTask.FromResult<Stream>(new HeardStream(context.PlaintextStream, this));
    }

    private sealed class HeardStream(Stream stream, OneSending sending) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Heard(stream.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Heard(await stream.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => stream.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => stream.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Heard(int read)
        {
            if (read > 0)
            {
                sending._isAnswerDue = false;
            }

            return read;
        }
    }
}
