using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Reports;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Reports;

public sealed class ReportFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-report").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static ReportModel Model(RunFolder folder) => RunReport.From(folder);

    [Fact]
    public void A_report_is_kept_in_the_run_folder_and_copied_by_name()
    {
        var folder = new SomeRun().Write(_root);
        var reports = Path.Combine(_root, "reports");
        var written = ReportFiles.Write(Model(folder), folder, reports);
        Assert.Equal(
            ["2026-03-04_14-30-00_the_cart_survives_losing_its_database_pod_chaos-1a2b3c4d.html", "2026-03-04_14-30-00_the_cart_survives_losing_its_database_pod_chaos-1a2b3c4d.md", "latest.html", "latest.md"],
            Directory.EnumerateFiles(reports).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllText(folder.PathOf("report.md")), File.ReadAllText(written.CopyPath));
        Assert.Equal(folder.Hashes(["report.md", "report.html"]), written.Hashes);
    }

    [Fact]
    public void A_report_written_again_after_it_was_sealed_is_the_same_report()
    {
        var folder = new SomeRun().Write(_root);
        var first = ReportFiles.Write(Model(folder), folder, null);
        using (var journal = folder.OpenJournal())
        {
            journal.Append(new FilesSealed(first.Hashes));
        }

        Assert.Equal(first.Hashes, ReportFiles.Write(Model(folder), folder, null).Hashes);
    }

    [Theory]
    [InlineData("Redis Primary Pod Kill", "redis_primary_pod_kill")]
    [InlineData("../../etc/passwd", "etc_passwd")]
    [InlineData("漢字", "experiment")]
    public void A_title_becomes_a_harmless_file_name(string title, string slug) => Assert.Equal(slug, ReportFiles.Slug(title));

    [Fact]
    public void What_is_missing_in_the_folder_is_a_sentence_of_the_report()
    {
        var folder = new SomeRun().Write(_root);
        File.Delete(folder.PathOf("topology.json"));
        File.Delete(folder.PathOf("metrics.csv"));
        var model = Model(folder);
        Assert.Contains("The run folder has no topology.json.", model.NotMeasured);
        Assert.Contains(model.NotMeasured, line => line.StartsWith("What users saw was not measured", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_without_a_journal_is_refused()
    {
        var folder = new RunFolders(_root, new ManualClock(SomeRun.Start)).Create(new RunId("chaos-00000000"));
        Assert.Equal("CRT8002", Assert.Throws<CraterException>(() => RunEvidence.Read(folder)).Code);
    }

    [Fact]
    public void The_history_lists_every_run_and_says_which_cannot_be_read()
    {
        new SomeRun().Write(_root);
        var broken = new RunFolders(_root, TimeProvider.System).Create(new RunId("chaos-deadbeef"));
        broken.Write(RunFolder.EventsFile, "not a journal\n{}\n");
        var history = RunHistory.Of(new RunFolders(_root, TimeProvider.System));
        Assert.Equal(["unreadable", "completed"], history.Select(row => row.Status));
        Assert.Equal(Verdict.Refuted, history[1].Verdict);
        Assert.StartsWith("pod-kill on carts-db moved the error rate from 0.28 % to 47.5 %", history[1].Finding, StringComparison.Ordinal);
    }
}
