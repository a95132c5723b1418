using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>The last step of a run, whoever takes it: claims back, files sealed, the last line. A run with residue stays open.</summary>
internal static class RunClosing
{
    public static async Task<RunOutcome> CloseAsync(
        RunRecord record, RunId run, IReadOnlyList<Residue> residue, Func<Task> releaseClaims,
        Func<IReadOnlyList<JournalEvent>, Task<IReadOnlyDictionary<string, string>>>? sealFiles)
    {
        var isClean = residue.Count == 0 && record.State.Outstanding.Count == 0;
        if (isClean)
        {
            await releaseClaims();
        }

        var files = await SealAsync(record, sealFiles);
        // A journal that missed a line would be closed over a fault whose end it does not know; the next sweep looks again and closes it.
        if (isClean && record.JournalFailure.Length == 0)
        {
            record.Note(new RunClosed(files));
        }

        return Outcome(record, run, residue);
    }

    public static RunOutcome Outcome(RunRecord record, RunId run, IReadOnlyList<Residue> residue) => new()
    {
        Run = run,
        Verdict = record.State.Verdict?.Verdict ?? Verdict.Inconclusive,
        Reasons = record.State.Verdict?.Reasons ?? [],
        Residue = residue,
        Certificates = [.. record.State.Certificates.Values],
        StoppedBy = record.State.StoppedBy,
        JournalFailure = record.JournalFailure,
        Toolkit = record.State.ToolkitEnd(),
    };

    private static async Task<IReadOnlyDictionary<string, string>> SealAsync(
        RunRecord record, Func<IReadOnlyList<JournalEvent>, Task<IReadOnlyDictionary<string, string>>>? sealFiles)
    {
        try
        {
            return sealFiles is null ? new Dictionary<string, string>() : await sealFiles(record.Events);
        }
        catch (Exception e)
        {
            record.Note(new RunInterrupted("CRT4004", $"The files of the run could not be written: {e.Message}"));
            return new Dictionary<string, string>();
        }
    }
}
