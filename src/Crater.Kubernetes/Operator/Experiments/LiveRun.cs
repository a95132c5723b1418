using Crater.Journals;
using Crater.Runs;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>One run in this process: what its journal has said so far, and the way to end it.</summary>
internal sealed class LiveRun(Plan plan, DateTimeOffset startedAt, Action changed) : IProgress<JournalEvent>, IDisposable
{
    private int _injected;
    private int _recovered;
    private volatile bool _isBreached;
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private long _injectedAt;

    public Plan Plan => plan;

    /// <summary>By the server's clock.</summary>
    public DateTimeOffset StartedAt => startedAt;

    public AbortSignal Abort { get; } = new();

    /// <summary>Ends with the outcome; fails only when the run could not be begun or its record not be kept.</summary>
    public Task<RunOutcome> Outcome { get; private set; } = Task.FromException<RunOutcome>(new InvalidOperationException("not begun"));

    /// <summary>Faults that the driver said are on and that are not certified to be off.</summary>
    public int Active => Math.Max(0, Volatile.Read(ref _injected) - Volatile.Read(ref _recovered));

    /// <summary>When the first fault was in place, be it all or only that one, by the server's clock; null before.</summary>
    public DateTimeOffset? InjectedAt => Volatile.Read(ref _injectedAt) is > 0 and var at ? startedAt + TimeProvider.System.GetElapsedTime(_began, at) : null;

    public bool IsBreached => _isBreached;

    /// <summary>The status tells of the injection already.</summary>
    public bool IsTold { get; set; }

    public void Begin(Func<LiveRun, Task<RunOutcome>> run) => Outcome = WatchedAsync(run);

    public void Report(JournalEvent value)
    {
        switch (value)
        {
            case InjectionInjected:
                // Told once, and then again only by the end: every write of a status is a burden on the cluster.
                if (Interlocked.Increment(ref _injected) == 1)
                {
                    Volatile.Write(ref _injectedAt, TimeProvider.System.GetTimestamp());
                    changed();
                }

                break;
            case InjectionRecovered:
                Interlocked.Increment(ref _recovered);
                break;
            case GuardTripped:
                _isBreached = true;
                break;
        }
    }

    public void Dispose() => Abort.Dispose();

    private async Task<RunOutcome> WatchedAsync(Func<LiveRun, Task<RunOutcome>> run)
    {
        await Task.Yield();
        try
        {
            return await run(this);
        }
        finally
        {
            _ = Task.Run(async () =>
            {
                await ((Task)Outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                changed();
            });
        }
    }
}
