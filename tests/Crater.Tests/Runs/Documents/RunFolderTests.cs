using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Journals;
using Crater.Reports;
using Crater.Runs;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Runs.Documents;

/// <summary>What a run without injections leaves on the disk.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-plain-").FullName;

    private string Runs => Path.Combine(_root, "runs");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_journal_stands_in_the_run_folder_and_where_the_user_wants_it()
    {
        var path = Path.Combine(_root, "journal.json");

        var folder = Conduct(new Rehearsal("ok p", "ok a", "", new RunManner { JournalPath = path }));

        Assert.Equal(File.ReadAllText(folder.PathOf(RunFolder.ToolkitJournalFile)), File.ReadAllText(path));
        Assert.Equal("completed", JsonNode.Parse(File.ReadAllText(path))!["status"]!.GetValue<string>());
        Assert.True(folder.State().IsClosed);
        Assert.Equal(path, folder.State().Plan!.JournalPath);
    }

    [Fact]
    public void A_journal_path_that_cannot_be_written_begins_nothing()
    {
        var run = new Rehearsal("ok p", "ok a", "", new RunManner { JournalPath = Path.Combine(_root, "nowhere", "journal.json") });

        var refused = Assert.Throws<AggregateException>(() => Conduct(run));

        Assert.Equal("CRT4015", Assert.IsType<CraterException>(refused.InnerException).Code);
        Assert.Empty(run.Acts);
        Assert.False(Directory.Exists(Runs));
    }

    [Fact]
    public void A_journal_of_an_earlier_run_stays_until_the_next_one_is_written()
    {
        var path = Path.Combine(_root, "journal.json");
        File.WriteAllText(path, "earlier");
        var run = new Rehearsal("ok p", "ok a", "", new RunManner { JournalPath = path });
        run.Seeing = (_, _) => Assert.Equal("earlier", File.ReadAllText(path));

        Conduct(run);

        Assert.StartsWith("{", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_activities_of_one_name_are_told_apart_by_their_places()
    {
        var run = new Rehearsal("", "ok a, ok a");
        var method = JsonNode.Parse(run.Experiment.Source)!;
        method["method"]![1]!["provider"]!["path"] = "false";
        run.Experiment = run.Experiment with { Source = method.ToJsonString() };

        run.Play();

        Assert.Equal(["true", "false"], run.Journal["run"]!.AsArray().Select(entry => entry!["activity"]!["provider"]!["path"]!.GetValue<string>()));
    }

    [Fact]
    public void A_ref_is_journaled_as_what_it_names()
    {
        var run = new Rehearsal("ok p", "ref ok p").Play();

        Assert.Equal(("ok p", 0), (run.Entry("run", 0)["activity"]!["name"]!.GetValue<string>(), run.Entry("run", 0)["activity"]!["tolerance"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("ok p")]
    [InlineData("miss p")]
    public void The_report_claims_no_fault(string probes)
    {
        var report = RunReport.From(Conduct(new Rehearsal(probes, "ok a, fails b", "ok r")));

        foreach (var text in new[] { MarkdownReport.Write(report), Crater.Reports.Html.HtmlReport.Write(report) })
        {
            Assert.DoesNotContain("the fault was in place", text, StringComparison.Ordinal);
            Assert.DoesNotContain("since the fault", text, StringComparison.Ordinal);
            Assert.DoesNotContain("before the fault", text, StringComparison.Ordinal);
            Assert.Contains("Crater injected nothing", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Blast radius", text, StringComparison.Ordinal);
            Assert.DoesNotContain("topology.json", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ok p", "1 probe of the hypothesis was met every time it was asked", "before the method met: 0; beside it not measured; after it met: 0.")]
    [InlineData("miss p", "of 1 probe of the hypothesis 1 missed", "after it not measured.")]
    [InlineData("", "no probe of a hypothesis was asked", "so nothing is known of the steady state")]
    public void The_report_says_what_was_asked_of_the_hypothesis_and_what_nobody_looked_at(string probes, string finding, string detail)
    {
        var text = MarkdownReport.Write(RunReport.From(Conduct(new Rehearsal(probes, "ok a"))));

        Assert.Contains(finding, text, StringComparison.Ordinal);
        Assert.Contains(detail, text, StringComparison.Ordinal);
        Assert.Contains("Crater does not know what the document's own activities changed", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_of_plain_activities_need_not_outlast_a_power_cut_and_those_of_faults_do()
    {
        Assert.All(new JournalEvent[] { new ActivityStarted("a"), new ActivityFinished("a", "succeeded", "", 1), new HypothesisChecked(ProbeMoment.Before, true) }, one => Assert.False(one.MustLast));
        Assert.All(new JournalEvent[] { Some.Planned(), new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"), new RunClosed(new Dictionary<string, string>()) }, one => Assert.True(one.MustLast));
    }

    private RunFolder Conduct(Rehearsal run)
    {
        var folders = new RunFolders(Runs, run.Clock);
        run.Start(() => new RunConductor(folders, run.Clock).RunAsync(new RunRequest
        {
            Plan = new Plan { Run = Some.Run, Title = "t", Seed = 1, Faults = [], Duration = TimeSpan.Zero },
            Experiment = run.Experiment,
            Drivers = [],
            Claims = Rehearsal.NoClaims.Instance,
            Activities = run,
            Judge = run.JudgeAsync,
            Manner = run.Manner,
            StartedBy = "me@host1",
        }, run.Abort));
        return folders.Folder(Some.Run);
    }
}
