using Crater.Cli;
using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Architecture;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Kubernetes.Surroundings;

/// <summary>What docs/bad-surroundings.md says is so: its codes exist, its tests are tests, and its exit codes are those that an error of that code ends with.</summary>
public sealed class TableTests
{
    private static readonly string[][] Rows = [.. File.ReadLines(RepositoryRoot.File("docs", "bad-surroundings.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    [Fact]
    public void Every_row_names_a_test_that_is_there()
    {
        var tests = typeof(TableTests).Assembly.GetTypes().SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)).Select(method => $"`{type.Name}.{method.Name}`")).ToHashSet();
        Assert.Equal([], Rows.Select(row => row[4]).Where(test => !tests.Contains(test)));
        Assert.NotEmpty(Rows);
    }

    [Fact]
    public void Every_code_is_one_of_the_list_of_errors()
    {
        var known = File.ReadAllText(RepositoryRoot.File("docs", "errors.md"));
        Assert.Equal([], Rows.Select(row => row[2]).Where(code => code != "–" && !known.Contains($"| {code} |", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_exit_code_is_the_one_that_craterctl_ends_with() =>
        Assert.Equal([], Rows.Where(row => row[3] != "–" && ExitCode(row[1], row[2]).ToString(System.Globalization.CultureInfo.InvariantCulture) != row[3]).Select(row => row[0]));

    /// <summary>What leaves residue ends with that; what is only said, or is no obstacle, with the run's own verdict; all else with its error, be it found by the plan or in the middle of a run.</summary>
    private static int ExitCode(string happens, string code)
    {
        if (happens.Contains("residue", StringComparison.Ordinal))
        {
            return RunDesk.ExitCode(Outcome(Verdict.Inconclusive, code) with { Residue = [new Residue(Some.Injection(), "it is still there", "look")] });
        }

        return code == "–" || IsWarning(code) ? RunDesk.ExitCode(Outcome(Verdict.Upheld, "")) : ExitCodes.For(new CraterException(code, ""));
    }

    private static bool IsWarning(string code) => File.ReadLines(RepositoryRoot.File("docs", "errors.md")).Any(line => line.StartsWith($"| {code} |", StringComparison.Ordinal) && line.Contains("(warning)", StringComparison.Ordinal));

    private static RunOutcome Outcome(Verdict verdict, string code) => new() { Run = Some.Injection().Run, Verdict = verdict, Reasons = [], Residue = [], StoppedBy = code.Length > 0 ? new RunInterrupted(code, "") : null };

    [Theory]
    [InlineData("CRT5202", Verdict.Inconclusive, 5)]
    [InlineData("CRT5101", Verdict.Inconclusive, 5)]
    [InlineData("CRT5202", Verdict.Refuted, 2)]
    [InlineData("CRT8502", Verdict.Inconclusive, 5)]
    [InlineData("CRT8509", Verdict.Inconclusive, 5)]
    [InlineData("CRT8515", Verdict.Inconclusive, 5)]
    [InlineData("CRT8517", Verdict.Inconclusive, 5)]
    [InlineData("CRT8509", Verdict.Refuted, 2)]
    [InlineData("CRT8512", Verdict.Inconclusive, 3)]
    [InlineData("CRT4013", Verdict.Inconclusive, 3)]
    [InlineData("CRT5203", Verdict.Inconclusive, 3)]
    public void A_run_that_stops_for_want_of_a_cluster_or_a_right_ends_as_every_other_verb_does(string code, Verdict verdict, int exit) => Assert.Equal(exit, RunDesk.ExitCode(Outcome(verdict, code)));
}
