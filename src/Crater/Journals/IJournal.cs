using Crater.Drivers;

namespace Crater.Journals;

/// <summary>The append-only record of one run, from which everything is derived.</summary>
public interface IJournal
{
    /// <summary>
    /// Gives the event its number and time, and writes it. When this returns, the death of the process cannot lose it, nor can a power cut if the event says
    /// that it <see cref="JournalEvent.MustLast"/>.
    /// </summary>
    /// <exception cref="Diagnostics.CraterException">CRT4001: it could not be written; the caller must not act.</exception>
    /// <returns>The event as it was written, with its number and time.</returns>
    JournalEvent Append(JournalEvent entry);

    IReadOnlyList<JournalEvent> Read();
}

/// <summary>Where the journals of all runs are.</summary>
public interface IJournals
{
    IJournal Open(RunId run);

    /// <summary>Runs that have begun and are not closed: something may still be in place.</summary>
    IReadOnlyList<RunId> OpenRuns();

    /// <summary>The right to write one run's journal, which only one process has at a time and which dies with it.</summary>
    /// <returns>Null while another process has it. Disposing gives it back.</returns>
    IDisposable? TryHold(RunId run);
}
