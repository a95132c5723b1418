using Crater.Diagnostics;
using Crater.Journals;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Whatever ends the method early: a person, a guard, a lost lease, a journal that takes no more. The first one is written down.</summary>
internal sealed class StopSource : IDisposable
{
    /// <summary>The plan fills duration-max exactly at most; the calls to drivers come on top.</summary>
    private static readonly TimeSpan Slack = Limits.InjectMax;

    private readonly CancellationTokenSource _source = new();
    private readonly RunRecord _record;
    private readonly CancellationTokenRegistration _person;
    private readonly CancellationTokenRegistration _failure;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _limit;

    public StopSource(RunRecord record, AbortSignal abort)
    {
        _record = record;
        _failure = record.Failed.Register(Stop);
        _person = abort.Token.Register(() => Request(new AbortRequested(abort.By, abort.Reason)));
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Completed when the run is to stop, or when the method has come to its own end.</summary>
    public Task Ended => _ended.Task;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>The method has come to its end; nothing is stopped.</summary>
    public void Done() => _ended.TrySetResult();

    /// <summary>Writes the reason down, then stops. Every reason is kept, whether or not it was the first, until the verdict is there.</summary>
    public void Request(JournalEvent reason)
    {
        if (_record.State.Verdict is null)
        {
            _record.Note(reason);
        }

        Stop();
    }

    /// <summary>Something failed that the run cannot go on without.</summary>
    public void Interrupt(Exception e) => Request(new RunInterrupted((e as CraterException)?.Code ?? "", e.Message));

    /// <summary>Stops the run when it has lasted this long, whatever its plain activities are still doing.</summary>
    public void After(TimeSpan limit, TimeProvider clock) => _limit = clock.CreateTimer(
        _ => Request(new RunInterrupted("CRT4013", $"The run had lasted for its duration-max of {Durations.Text(limit)}.")),
        null, limit + Slack, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _limit?.Dispose();
        _person.Dispose();
        _failure.Dispose();
        _source.Dispose();
    }

    private void Stop()
    {
        try
        {
            _source.Cancel();
            _ended.TrySetResult();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended in the meantime; there is nothing left to stop.
        }
    }
}
