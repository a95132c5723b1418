using System.Text;
using Crater.Models.Protocols;

namespace Crater.Models;

/// <summary>Reads what an endpoint sends, up to a limit: nothing that answers is trusted to stop by itself.</summary>
internal static class Body
{
    /// <summary>An answer of 2,000 tokens is about 10 KiB; a stream wraps each token into some 300 bytes.</summary>
    public const int BytesMax = 2 * 1024 * 1024;

    private const int ErrorBytesMax = 16 * 1024;

    /// <exception cref="CallFailure">CRT7311: it is too long.</exception>
    public static async Task<string> ReadTextAsync(Stream body, Provider provider, CancellationToken stop)
    {
        var bytes = await ReadAsync(body, BytesMax + 1, stop);
        return bytes.Length > BytesMax ? throw CallFailure.TooMuch(provider, BytesMax) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The beginning of what an endpoint says about an error.</summary>
    public static async Task<string> ErrorTextAsync(Stream body, CancellationToken stop) => Encoding.UTF8.GetString(await ReadAsync(body, ErrorBytesMax, stop));

    /// <summary>Server-sent events.</summary>
    /// <exception cref="CallFailure">CRT7311: there is no end; CRT7310: these are no events of the protocol.</exception>
    public static async Task<ReadAnswer> ReadEventsAsync(Stream body, IStreamReading reading, Provider provider, CancellationToken stop)
    {
        using var reader = new StreamReader(new BoundedStream(body, BytesMax, () => CallFailure.TooMuch(provider, BytesMax)), Encoding.UTF8);
        var isComplete = false;
        try
        {
            while (!isComplete && await reader.ReadLineAsync(stop) is { } line)
            {
                isComplete = line.StartsWith("data:", StringComparison.Ordinal) && !reading.Take(line["data:".Length..].Trim());
            }
        }
        catch (FormatException error)
        {
            throw CallFailure.NoModel(provider, error.Message);
        }

        // Without its last event the answer may be half an answer.
        return isComplete ? reading.Answer() : reading.Answer() is { Finish: not Finish.Unknown } answer ? answer : throw CallFailure.NoModel(provider, "the stream ended in the middle");
    }

    public static bool LooksLikeHtml(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<byte[]> ReadAsync(Stream body, int max, CancellationToken stop)
    {
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (read.Length < max && await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, max - read.Length)), stop) is var count and > 0)
        {
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>Throws when more than its limit has been read; a line without an end would otherwise grow for ever.</summary>
    private sealed class BoundedStream(Stream inner, long limit, Func<Exception> tooMuch) : Stream
    {
        private long _left = limit;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            return (_left -= count) < 0 ? throw tooMuch() : count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
