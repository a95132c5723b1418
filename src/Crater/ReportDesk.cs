using Crater.Journals;
using Crater.Reports;
using Crater.Risks;

namespace Crater;

/// <summary>Reports need no cluster: a folder goes in, two files come out.</summary>
public static class ReportDesk
{
    public static (ReportModel Model, WrittenReport Written) Write(RunFolder folder, string? copies)
    {
        var evidence = RunEvidence.Read(folder);
        var model = RunReport.From(evidence, Notes(evidence.Document?.Risk ?? ""));
        return (model, ReportFiles.Write(model, folder, copies));
    }

    private static RiskNotes? Notes(string id) =>
        RiskCatalogue.BuiltIn.Risks.FirstOrDefault(risk => risk.Id == id) is { } risk
            ? new RiskNotes(risk.Id, risk.Title, risk.Prevention, risk.Emergency)
            : null;
}
