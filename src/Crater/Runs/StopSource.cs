using Crater.Diagnostics;
using Crater.Journals;
using Crater.Runs.Activities;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Whatever ends the method early: a person, a guard, a control, a lost lease, a journal that takes no more. Each is written down.</summary>
internal sealed class StopSource : IDisposable
{
    /// <summary>The plan fills duration-max exactly at most; the calls to drivers come on top.</summary>
    private static readonly TimeSpan Slack = Limits.InjectMax;

    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly RunRecord _record;
    private readonly AbortSignal _abort;
    private readonly CancellationTokenRegistration _failure;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _limit;

    public StopSource(RunRecord record, AbortSignal abort)
    {
        (_record, _abort) = (record, abort);
        _failure = record.Failed.Register(Stop);
        abort.Requested += OnRequested;
        if (abort.By.Length > 0)
        {
            OnRequested(abort.By, abort.Reason);
        }
    }

    /// <summary>Ends what the method is doing now, and its faults.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends what it does in the background, too: a person's first wish to end the run waits for that, everything else does not.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>Completed when the run is to stop, or when the method has come to its own end.</summary>
    public Task Ended => _ended.Task;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Nothing of the document's own is played any more.</summary>
    public bool IsUngraceful { get; private set; }

    /// <summary>The method has come to its end; nothing is stopped.</summary>
    public void Done() => _ended.TrySetResult();

    /// <summary>Writes the reason down, then stops everything. Every reason is kept, whether or not it was the first, until the verdict is there.</summary>
    public void Request(JournalEvent reason)
    {
        Note(reason);
        Cancel(_cut);
        Stop();
    }

    /// <summary>Something failed that the run cannot go on without; what is in the background comes to its own end.</summary>
    public void Interrupt(Exception e)
    {
        if (e is RunInterruptedException asked)
        {
            Interrupt("the document's own code", asked.Message, asked.IsUngraceful);
            return;
        }

        Note(new RunInterrupted((e as CraterException)?.Code ?? "", e.Message));
        Stop();
    }

    /// <summary>A person, a control or an activity asked for the end.</summary>
    public void Interrupt(string by, string reason, bool isUngraceful)
    {
        IsUngraceful |= isUngraceful;
        Note(new AbortRequested(by, reason) { IsUngraceful = isUngraceful });
        if (isUngraceful || IsRequested)
        {
            Cancel(_cut);
        }

        Stop();
    }

    /// <summary>Stops the run when it has lasted this long, whatever its plain activities are still doing.</summary>
    public void After(TimeSpan limit, TimeProvider clock) => _limit = clock.CreateTimer(
        _ => Request(new RunInterrupted("CRT4013", $"The run had lasted for its duration-max of {Durations.Text(limit)}.")),
        null, limit + Slack, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _abort.Requested -= OnRequested;
        _limit?.Dispose();
        _failure.Dispose();
        _source.Dispose();
        _cut.Dispose();
    }

    private void OnRequested(string by, string reason) => Interrupt(by, reason, _abort.IsUngraceful);

    private void Note(JournalEvent reason)
    {
        if (_record.State.Verdict is null)
        {
            _record.Note(reason);
        }
    }

    private void Stop()
    {
        Cancel(_source);
        _ended.TrySetResult();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended in the meantime; there is nothing left to stop.
        }
    }
}
