namespace Crater.Load;

/// <summary>
/// The one-second series of a load while it grows. Safe for one generator and many readers. Memory is bounded: whole histograms are
/// kept for the last <see cref="HistogramsMax"/> seconds, one-second summaries for the last <see cref="SecondsMax"/>.
/// </summary>
public sealed class LoadSeries(TimeProvider clock)
{
    /// <summary>The longest window that percentiles can be asked for: five minutes.</summary>
    public const int HistogramsMax = 300;

    /// <summary>The longest run, four hours, and what surrounds it.</summary>
    public const int SecondsMax = 5 * 3600;

    private readonly Lock _gate = new();
    private readonly Queue<LoadSecond> _closed = new();
    private readonly Queue<Bucket> _recent = new();
    private readonly HashSet<Waiting> _waiting = [];
    private Bucket? _open;
    private bool _ended;

    private sealed class Bucket(long second, bool isWhole)
    {
        public long Second { get; } = second;
        public bool IsWhole { get; set; } = isWhole;
        public long Sent { get; set; }
        public long Completed { get; set; }
        public ErrorCounts Errors { get; } = new();
        public LatencyHistogram Latencies { get; } = new();
    }

    /// <summary>A request on its way.</summary>
    internal sealed class Waiting(long intended)
    {
        public long Intended { get; } = intended;
    }

    internal void Sent(Waiting request)
    {
        lock (_gate)
        {
            Now().Sent++;
            _waiting.Add(request);
        }
    }

    /// <param name="error">Null for a good answer.</param>
    /// <param name="latency">Null where no latency was measured, for example when nobody listened.</param>
    internal void Completed(Waiting? request, ErrorKind? error, TimeSpan? latency)
    {
        lock (_gate)
        {
            var bucket = Now();
            bucket.Completed++;
            if (error is { } kind)
            {
                bucket.Errors.Add(kind);
            }

            if (latency is { } measured)
            {
                bucket.Latencies.Record(measured);
            }

            if (request is not null)
            {
                _waiting.Remove(request);
            }
        }
    }

    /// <summary>The load is over: the second that is open is its last, and silence from here on is not a measurement.</summary>
    internal void End()
    {
        lock (_gate)
        {
            Advance();
            _ended = true;
            if (_open is { } last)
            {
                last.IsWhole = false;
                Close(last);
            }

            _open = null;
        }
    }

    /// <summary>The seconds that have ended and begin at <paramref name="from"/> or later, oldest first.</summary>
    public IReadOnlyList<LoadSecond> Since(DateTimeOffset from)
    {
        lock (_gate)
        {
            Advance();
            return [.. _closed.Where(second => second.Second >= from)];
        }
    }

    /// <summary>
    /// The last <paramref name="length"/> that lies before now, in whole seconds (at least one, at most <see cref="HistogramsMax"/>). Requests
    /// still waiting count with their age so far when that is longer than the 99th percentile of those that ended: a stall is
    /// seen while it lasts, not only when it is over.
    /// </summary>
    public LoadWindow Window(TimeSpan length)
    {
        lock (_gate)
        {
            var now = Advance();
            var seconds = Math.Clamp((long)Math.Ceiling(length.TotalSeconds), 1, HistogramsMax);
            var errors = new ErrorCounts();
            var latencies = new LatencyHistogram();
            long sent = 0, completed = 0;
            foreach (var bucket in _recent.Where(bucket => bucket.Second >= now - seconds))
            {
                sent += bucket.Sent;
                completed += bucket.Completed;
                errors.Add(bucket.Errors);
                latencies.Add(bucket.Latencies);
            }

            AddWaiting(latencies);
            return new LoadWindow(At(now - seconds), At(now), sent, completed, errors, latencies);
        }
    }

    private void AddWaiting(LatencyHistogram latencies)
    {
        var usual = latencies.Percentile(0.99) ?? TimeSpan.Zero;
        foreach (var request in _waiting)
        {
            var age = clock.GetElapsedTime(request.Intended);
            if (age > usual)
            {
                latencies.Record(age);
            }
        }
    }

    // The bucket of the present second. The first one begins in the middle of its second, so its counts are not a whole second's.
    private Bucket Now()
    {
        var second = Advance();
        return _open ??= new Bucket(second, isWhole: false);
    }

    // Closes the seconds before the present one. Those without any traffic while a load runs are kept: nothing completed is a fact.
    private long Advance()
    {
        var second = clock.GetUtcNow().ToUnixTimeSeconds();
        while (_open is { } open && open.Second < second && !_ended)
        {
            Close(open);

            // After a suspend or a jump of the clock the gap is left out rather than filled second by second.
            var jumped = second - open.Second > HistogramsMax;
            _open = new Bucket(jumped ? second : open.Second + 1, isWhole: !jumped);
        }

        return second;
    }

    private void Close(Bucket bucket)
    {
        var latencies = bucket.Latencies;
        _closed.Enqueue(new LoadSecond(
            At(bucket.Second), bucket.Sent, bucket.Completed, bucket.Errors,
            latencies.Percentile(0.5), latencies.Percentile(0.95), latencies.Percentile(0.99), latencies.Count == 0 ? null : latencies.Max)
        {
            Timed = latencies.Count,
            IsWhole = bucket.IsWhole,
        });
        _recent.Enqueue(bucket);
        while (_recent.Count > HistogramsMax)
        {
            _recent.Dequeue();
        }

        while (_closed.Count > SecondsMax)
        {
            _closed.Dequeue();
        }
    }

    private static DateTimeOffset At(long second) => DateTimeOffset.FromUnixTimeSeconds(second);
}
