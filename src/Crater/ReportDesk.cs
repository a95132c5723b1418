using Crater.Journals;
using Crater.Reports;

namespace Crater;

/// <summary>Reports need no cluster: a folder goes in, two files come out.</summary>
public static class ReportDesk
{
    public static (ReportModel Model, WrittenReport Written) Write(RunFolder folder, string? copies)
    {
        var model = RunReport.From(folder);
        return (model, ReportFiles.Write(model, folder, copies));
    }
}
