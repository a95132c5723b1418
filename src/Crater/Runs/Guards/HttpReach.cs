using Crater.Diagnostics;
using Crater.Measurements;

namespace Crater.Runs.Guards;

/// <summary>Asks whether a URL answers with 2xx. No answer within the guard's patience is an answer too: it does not.</summary>
internal sealed class HttpReach(TimeProvider clock) : IDisposable
{
    /// <summary>What a caller would call down. Shorter than the guard's own read limit, so that the guard sees a no and not nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly Lazy<HttpClient> _client = new(() =>
        new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = Timeout.InfiniteTimeSpan });

    /// <returns>1 when it answered with 2xx, else 0.</returns>
    public async Task<Reading?> ReadAsync(string url, CancellationToken abort)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, abort);
        try
        {
            using var answer = await _client.Value.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, both.Token);
            return Answer(answer.IsSuccessStatusCode);
        }
        catch (Exception e) when (NoAnswer.Is(e) || (e is OperationCanceledException && !abort.IsCancellationRequested))
        {
            return Answer(isReached: false);
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private Reading Answer(bool isReached) => new("http", isReached ? 1 : 0, clock.GetUtcNow(), 1, "http");
}
