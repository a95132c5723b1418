using System.Globalization;
using System.Text;
using Crater.Lab.Api;

namespace Crater.Lab.Nodes;

/// <summary>Copies a container's log out of its files, and follows it.</summary>
internal sealed class LogReader(TimeProvider clock)
{
    /// <summary>How often a followed log is looked at.</summary>
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(150);

    /// <returns>True: the log was copied (also when it is empty).</returns>
    public async Task<bool> CopyAsync(ContainerLog log, LogRequest request, Stream to, CancellationToken stop)
    {
        var left = request.LimitBytes ?? long.MaxValue;
        if (File.Exists(log.Older))
        {
            using var older = Open(log.Older);
            left = await CopyLinesAsync(older, request, request.TailLines, to, left, stop).ConfigureAwait(false);
        }

        using var reader = Open(log.File);
        left = await CopyLinesAsync(reader, request, request.TailLines, to, left, stop).ConfigureAwait(false);
        while (request.Follow && left > 0)
        {
            // Whether it was closed is read before the last lines are, so that none is missed.
            var isClosed = log.IsClosed;
            left = await CopyLinesAsync(reader, request, tail: null, to, left, stop).ConfigureAwait(false);
            await to.FlushAsync(stop).ConfigureAwait(false);
            if (isClosed)
            {
                break;
            }

            await Task.Delay(FollowPeriod, clock, stop).ConfigureAwait(false);
        }

        return true;
    }

    private static StreamReader Open(string file) =>
        new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);

    private static async Task<long> CopyLinesAsync(StreamReader reader, LogRequest request, int? tail, Stream to, long left, CancellationToken stop)
    {
        Queue<string> last = new();
        while (await reader.ReadLineAsync(stop).ConfigureAwait(false) is { } line)
        {
            if (Wanted(line, request) is not { } text)
            {
                continue;
            }

            if (tail is null)
            {
                left = await WriteAsync(text, to, left, stop).ConfigureAwait(false);
                continue;
            }

            last.Enqueue(text);
            if (last.Count > tail)
            {
                last.Dequeue();
            }
        }

        foreach (var text in last)
        {
            left = await WriteAsync(text, to, left, stop).ConfigureAwait(false);
        }

        return left;
    }

    private static string? Wanted(string line, LogRequest request)
    {
        var split = line.IndexOf(' ', StringComparison.Ordinal);
        var isStamped = split > 0 && DateTimeOffset.TryParse(line.AsSpan(0, split), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && (request.Since is not { } since || at >= since);
        return isStamped ? request.Timestamps ? line : line[(split + 1)..] : null;
    }

    private static async Task<long> WriteAsync(string text, Stream to, long left, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes(text + "\n");
        var count = (int)Math.Min(bytes.Length, left);
        await to.WriteAsync(bytes.AsMemory(0, count), stop).ConfigureAwait(false);
        return left - count;
    }
}
