using Crater.Diagnostics;
using Crater.Journals;
using Crater.Reports;
using Crater.Reports.Causes;
using Xunit;

namespace Crater.Tests.Reports.Causes;

public sealed class RootCauseTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-cause").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>An explanation of the usual case as a model would write it.</summary>
    internal static Narrative Told(params Statement[] more) => new()
    {
        Conclusion = Conclusion.Weakness,
        Weakness = Weakness,
        Confidence = Confidence.High,
        Model = "script script-1",
        Prompt = "0123456789ab",
        Statements = [new(Part.Cause, "There is only one of {c06}, so {c03} has nobody to ask while it is away.", [Weakness]), .. more],
    };

    internal static string Weakness => new SomeCase().File.ByRules.Weakness;

    private static RootCause Cause(params Statement[] more) => new SomeCase().Report(Told(more)).Cause;

    private static void IsStruck(string why, Statement statement)
    {
        var cause = Cause(statement);
        Assert.Single(cause.Statements);
        Assert.Contains(why, Assert.Single(cause.Struck), StringComparison.Ordinal);
    }

    [Fact]
    public void What_happened_is_told_along_the_dependencies_from_the_fault_to_the_users()
    {
        var observed = new SomeCase().Report().Cause.Of(Part.Observed).Select(statement => statement.Text).ToList();
        string[] order = ["Crater put pod-kill on orders-db in place", "orders, which depends on orders-db:", "front-end, which depends on orders:", "Users: error rate rose from 0 % to 40 %", "The probe 'checkout answers' missed"];
        var places = order.Select(begin => observed.FindIndex(text => text.StartsWith(begin, StringComparison.Ordinal))).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void A_model_s_words_stand_with_the_figures_of_the_run_and_say_whose_they_are()
    {
        var cause = Cause(new Statement(Part.Observed, "Users lost requests: at worst {users.error-rate.worst}.", ["users.error-rate.worst"]));
        Assert.Contains(cause.Statements, statement => statement.Text == "There is only one of orders-db, so orders has nobody to ask while it is away.");
        Assert.Contains(cause.Statements, statement => statement.Text == "Users lost requests: at worst 40 %.");
        Assert.True(cause.IsByModel);
        Assert.Contains("script script-1", cause.Author, StringComparison.Ordinal);
        Assert.StartsWith("Probable weakness: a data store with a single replica", cause.Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void A_citation_that_does_not_exist_is_struck_out_with_its_claim() =>
        IsStruck("cites 'e999', which is not there", new Statement(Part.Observed, "The disk was full.", ["e999"]));

    [Fact]
    public void A_claim_without_a_citation_is_struck_out() => IsStruck("cites nothing", new Statement(Part.Observed, "The disk was full.", []));

    [Theory]
    [InlineData("Users lost 40 of all requests.")]
    [InlineData("Users lost ４０ of all requests.")]
    [InlineData("Users lost ½ of all requests.")]
    [InlineData("Twenty percent of the users left.")]
    [InlineData("It took twice as long as before.")]
    public void A_number_that_a_model_wrote_itself_is_struck_out(string text) => IsStruck("has a number that is in no slot", new Statement(Part.Observed, text, ["users.error-rate.worst"]));

    [Fact]
    public void The_name_of_a_percentile_is_no_number() =>
        Assert.Empty(Cause(new Statement(Part.Observed, "Latency p95 rose to {users.latency-p95.worst}.", ["users.latency-p95.worst"])).Struck);

    [Fact]
    public void A_slot_without_a_value_is_struck_out() => IsStruck("for which there is no value", new Statement(Part.Observed, "It was {users.error-rate.best}.", ["users.error-rate.worst"]));

    [Theory]
    [InlineData("The experiment killed it, and so it was away.")]
    [InlineData("It was deliberately taken away.")]
    [InlineData("Crater's fault made the requests fail.")]
    [InlineData("The pod was deleted, so nobody could answer.")]
    [InlineData("All of it is the work of {fault}.")]
    public void The_experiment_itself_is_never_the_cause(string text) => IsStruck("gives the experiment itself as the cause", new Statement(Part.Cause, text, [Weakness]));

    [Fact]
    public void A_sentence_about_the_cause_cites_the_weakness() => IsStruck("does not cite the weakness", new Statement(Part.Cause, "There is only one of it.", ["users.error-rate.worst"]));

    [Fact]
    public void Nobody_is_surer_of_a_weakness_than_the_evidence_allows()
    {
        var run = new SomeCase { Risk = "" };
        var cause = run.Report(Told() with { Weakness = run.File.ByRules.Weakness, Confidence = Confidence.High }).Cause;
        Assert.Equal(Confidence.Medium, cause.Confidence);
    }

    [Fact]
    public void A_cause_where_nothing_was_lost_is_left_out()
    {
        var cause = new SomeCase { IsFelt = false }.Report(Told()).Cause;
        Assert.Equal((Conclusion.NoHarm, false), (cause.Conclusion, cause.IsByModel));
        Assert.Contains("is left out", Assert.Single(cause.Struck), StringComparison.Ordinal);
    }

    [Fact]
    public void A_narrative_is_kept_with_its_hash_and_a_report_written_again_is_the_same()
    {
        var folder = new SomeRun().Write(_root);
        var weakness = CaseFile.Open(folder).ByRules.Weakness;
        NarrativeFile.Keep(folder, Told() with { Weakness = weakness, Statements = [new(Part.Cause, "There is only one of it.", [weakness])] });
        var first = RunReport.From(folder);
        Assert.True(first.Cause.IsByModel);
        Assert.Equal(MarkdownReport.Write(first), MarkdownReport.Write(RunReport.From(folder)));
        using var journal = folder.OpenJournal();
        Assert.Equal(folder.Hashes([NarrativeFile.Name]), journal.Read().OfType<FilesSealed>().Single().Files);
    }

    [Fact]
    public void A_narrative_that_was_changed_afterwards_is_left_out()
    {
        var folder = new SomeRun().Write(_root);
        NarrativeFile.Keep(folder, Told());
        File.AppendAllText(folder.PathOf(NarrativeFile.Name), " ");
        var report = RunReport.From(folder);
        Assert.False(report.Cause.IsByModel);
        Assert.Contains(report.NotMeasured, line => line.StartsWith("narrative.json of the run folder is not the one", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_is_still_going_on_is_not_explained()
    {
        var folder = new SomeRun().Write(_root);
        using var held = folder.TryHold();
        Assert.Equal("CRT7360", Assert.Throws<CraterException>(() => NarrativeFile.Keep(folder, Told())).Code);
    }
}
