using Crater.Load;
using Crater.Measurements;

namespace Crater;

/// <summary>What plays and records beside a run: the load and the recorder. Stopping them twice is stopping them once.</summary>
internal sealed class RunInstruments : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly LoadGenerator? _load;
    private readonly Task _running;

    public RunInstruments(LoadGenerator? load, MetricsRecorder? recorder)
    {
        _load = load;
        var loading = load?.RunAsync(_over.Token) ?? Task.CompletedTask;
        _running = Task.WhenAll(loading, recorder?.RunAsync(_over.Token) ?? Task.CompletedTask);
    }

    /// <summary>Why the recording failed; empty while it goes well. A full disk must not hide how the run went: the report names what is missing.</summary>
    public string Failure { get; private set; } = "";

    public async Task StopAsync()
    {
        await _over.CancelAsync();
        try
        {
            await _running;
        }
        catch (Diagnostics.CraterException error)
        {
            Failure = $"{error.Code}: {error.Message}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _load?.Dispose();
        _over.Dispose();
    }
}
