using Crater.Diagnostics;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>
/// The journal of a run together with its fold. What announces an act is appended and throws when it cannot be; what tells of recovery is
/// noted, because a full disk must not keep a fault in place.
/// </summary>
public sealed class RunRecord : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IJournal _journal;
    private readonly IProgress<JournalEvent>? _watcher;
    private readonly CancellationTokenSource _failed = new();
    private readonly List<JournalEvent> _events;

    public RunRecord(IJournal journal, IProgress<JournalEvent>? watcher)
    {
        (_journal, _watcher) = (journal, watcher);
        _events = [.. journal.Read()];
        State = RunState.Of(_events);
    }

    public RunState State { get; private set; }

    /// <summary>Why the journal could not be written; empty while it can.</summary>
    public string JournalFailure { get; private set; } = "";

    /// <summary>Cancelled as soon as a line could not be written.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Everything that was told, also what the journal could not take.</summary>
    public IReadOnlyList<JournalEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <returns>The event as it was written, with its number and time.</returns>
    /// <exception cref="CraterException">CRT4001: it could not be written; the caller must not act.</exception>
    public JournalEvent Append(JournalEvent entry)
    {
        try
        {
            lock (_gate)
            {
                var written = _journal.Append(entry);
                Fold(written);
                return written;
            }
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    /// <summary>Writes the event if the journal takes it, and goes on in either case.</summary>
    /// <returns>Whether it was written.</returns>
    public bool Note(JournalEvent entry)
    {
        try
        {
            Append(entry);
            return true;
        }
        catch (Exception)
        {
            lock (_gate)
            {
                Fold(entry);
            }

            return false;
        }
    }

    public void Dispose() => _failed.Dispose();

    private void Fold(JournalEvent entry)
    {
        _events.Add(entry);
        State = State.After(entry);
        Tell(entry);
    }

    // A watcher whose terminal was closed, or whose reader has left, must not keep a fault in place.
    private void Tell(JournalEvent entry)
    {
        try
        {
            _watcher?.Report(entry);
        }
        catch (Exception)
        {
            // What happened is in the journal; only the showing of it failed.
        }
    }

    private void Fail(Exception e)
    {
        JournalFailure = JournalFailure.Length > 0 ? JournalFailure : e.Message;
        _failed.Cancel();
    }
}
