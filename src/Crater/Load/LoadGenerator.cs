using Crater.Diagnostics;

namespace Crater.Load;

/// <summary>
/// Sends requests at a fixed arrival rate over HTTP and measures what users would have seen. Latency is counted from the moment at which a
/// request was <i>due</i>, not from when it could be sent, so a stall of the service is not hidden by the sender's waiting for
/// it ("coordinated omission").
/// </summary>
public sealed class LoadGenerator : IDisposable
{
    private readonly LoadPlan _plan;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _client;
    private readonly LatencyHistogram _lag = new();
    private readonly LatencyHistogram _latencies = new();
    private readonly ErrorCounts _errors = new();
    private readonly Dictionary<string, long> _scenarios;
    private readonly Lock _gate = new();
    private long _intended, _sent, _completed;
    private int _inFlight;

    /// <exception cref="CraterException">CRT7001 to CRT7003: the plan cannot be run.</exception>
    public LoadGenerator(LoadPlan plan, TimeProvider clock)
    {
        if (plan.Check() is { Count: > 0 } problems)
        {
            throw CraterException.For("The load", problems);
        }

        _plan = plan;
        _clock = clock;
        _client = new HttpMessageInvoker(LoadConnections.Open(plan.Timeout), disposeHandler: true);
        _scenarios = plan.Scenarios.Select(scenario => scenario.Name).Distinct().ToDictionary(name => name, _ => 0L);
        Series = new LoadSeries(clock);
    }

    /// <summary>The one-second series; may be read while the load runs.</summary>
    public LoadSeries Series { get; }

    /// <summary>Requests that wait for their answer now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Runs until the plan's duration is over or <paramref name="stop"/> is called, then waits for the answers still due.</summary>
    public async Task<LoadSummary> RunAsync(CancellationToken stop)
    {
        var from = _clock.GetUtcNow();
        var start = _clock.GetTimestamp();
        var draw = new ScenarioDraw(_plan.Scenarios, _plan.Seed);
        long number = 0;
        while (!stop.IsCancellationRequested && Due(number) is var due && !(due >= _plan.Duration))
        {
            var ahead = due - _clock.GetElapsedTime(start);
            if (ahead > TimeSpan.Zero)
            {
                await WaitAsync(ahead, stop);
                continue;
            }

            Arrive(draw.Next(), start + (long)(due.TotalSeconds * _clock.TimestampFrequency));
            number++;
        }

        await DrainAsync();
        Series.End();
        return Summary(from);
    }

    public void Dispose() => _client.Dispose();

    private TimeSpan Due(long number) => TimeSpan.FromSeconds(number / _plan.Rate);

    private async Task WaitAsync(TimeSpan ahead, CancellationToken stop)
    {
        // Timers have a resolution of a millisecond; asking for less would spin.
        var wait = ahead < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : ahead;
        await Task.Delay(wait, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Arrive(Scenario scenario, long intended)
    {
        lock (_gate)
        {
            _intended++;
            _scenarios[scenario.Name]++;
            _lag.Record(_clock.GetElapsedTime(intended));
        }

        if (InFlight >= _plan.ConcurrencyMax)
        {
            Count(null, ErrorKind.Unsent, null);
            return;
        }

        Interlocked.Increment(ref _inFlight);
        _ = SendAsync(scenario, new LoadSeries.Waiting(intended));
    }

    // Never throws: every ending of a request is counted.
    private async Task SendAsync(Scenario scenario, LoadSeries.Waiting waiting)
    {
        Series.Sent(waiting);
        Interlocked.Increment(ref _sent);
        ErrorKind? error;
        using (var timeout = new CancellationTokenSource(_plan.Timeout, _clock))
        {
            error = await LoadConnections.AskAsync(_client, scenario, timeout.Token);
        }

        // Where no server took the request there is no latency; a fast refusal must not make the percentiles look good.
        var hasLatency = error is null or ErrorKind.Timeout or ErrorKind.ServerError;
        Count(waiting, error, hasLatency ? _clock.GetElapsedTime(waiting.Intended) : null);
        Interlocked.Decrement(ref _inFlight);
    }

    private void Count(LoadSeries.Waiting? waiting, ErrorKind? error, TimeSpan? latency)
    {
        Series.Completed(waiting, error, latency);
        lock (_gate)
        {
            _completed++;
            if (error is { } kind)
            {
                _errors.Add(kind);
            }

            if (latency is { } measured)
            {
                _latencies.Record(measured);
            }
        }
    }

    // Every request has its own timeout, so this ends.
    private async Task DrainAsync()
    {
        while (InFlight > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), _clock, CancellationToken.None);
        }
    }

    private LoadSummary Summary(DateTimeOffset from)
    {
        lock (_gate)
        {
            return new LoadSummary
            {
                From = from,
                To = _clock.GetUtcNow(),
                Intended = _intended,
                Sent = _sent,
                Completed = _completed,
                Errors = _errors,
                Latencies = _latencies,
                Lag = _lag,
                Scenarios = _scenarios,
            };
        }
    }
}
