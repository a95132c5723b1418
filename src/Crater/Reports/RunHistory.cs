using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Reports;

/// <summary>One run in the list of runs.</summary>
/// <param name="Verdict">Null while there is none.</param>
/// <param name="Status">completed, aborted, open, residue left, or unreadable.</param>
/// <param name="Finding">Its most important sentence, or why it cannot be read.</param>
/// <param name="Duration">From the plan to the last line of the journal.</param>
public sealed record HistoryRow(
    RunId Run, DateTimeOffset? Started, string Title, string Fault, Verdict? Verdict, string Status, string Finding, TimeSpan? Duration);

/// <summary>All runs below a folder, newest first. A run that cannot be read is a row that says so, never a gap.</summary>
public static class RunHistory
{
    public static IReadOnlyList<HistoryRow> Of(RunFolders folders) =>
    [
        .. folders.All().Select(run => Row(run, folders.Folder(run)))
            .OrderByDescending(row => row.Started ?? DateTimeOffset.MaxValue).ThenBy(row => row.Run.Value, StringComparer.Ordinal),
    ];

    private static HistoryRow Row(RunId run, RunFolder folder)
    {
        try
        {
            var facts = ReportFacts.From(RunEvidence.Read(folder));
            return new HistoryRow(
                run, facts.Evidence.Events[0].At, facts.Plan.Title, facts.FaultPhrase, facts.Verdict?.Verdict, Tables.Status(facts),
                Findings.Line(facts)["Finding: ".Length..], facts.Last.At - facts.Evidence.Events[0].At);
        }
        catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
        {
            return new HistoryRow(run, null, "", "", null, "unreadable", e is CraterException known ? $"{known.Code}: {e.Message}" : e.Message, null);
        }
    }
}
