using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>What the checks of a change say at their end: which tests failed and how, which were running when the time was up, and the count as the last line.</summary>
public sealed class ResultsTests : IDisposable
{
    private const string Passed = """<UnitTestResult testName="Shop.Good" outcome="Passed" duration="00:00:01" />""";

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-results-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_failed_test_is_named_with_its_message_and_its_line_above_the_count()
    {
        var answer = await CountAsync(Results("a", 1, Passed, Failed("Shop.Sells(\\&quot;x\\&quot;)", "wanted &lt;b&gt; &amp; \\\"q\\\"\nsecond")), Results("b", 0, Passed));
        Assert.Equal("""
            FAILED Shop.Sells("x")
                wanted <b> & "q"
                second
                at /src/Shop.cs:line 7
            2 passed, 1 failed, 0 skipped

            """, answer.Out);
        Assert.Equal(1, answer.Code);
    }

    [Fact]
    public async Task Where_all_passed_the_count_is_all()
    {
        var answer = await CountAsync(Results("a", 0, Passed));
        Assert.Equal((0, "1 passed, 0 failed, 0 skipped\n"), (answer.Code, answer.Out));
    }

    [Fact]
    public async Task A_program_that_did_not_come_to_its_end_leaves_what_failed_and_what_was_running()
    {
        File.WriteAllText(Path.Combine(_folder, "a.log"), """
                Shop.Good [STARTING]
                Shop.Slow [STARTING]
                Shop.Good [FINISHED] Time: 0.1s
                Shop.Bad [STARTING]
                Shop.Bad [FAIL]
                  as it should not be
                  Stack Trace:
                    Shop.cs(7,0): at Shop.Bad()
                Shop.Bad [FINISHED] Time: 0.1s

            """);
        var answer = await CountAsync(Path.Combine(_folder, "a.trx"));
        Assert.Equal("""
            FAILED Shop.Bad
                as it should not be
            RUNNING when it was ended: Shop.Slow
            0 passed, 1 failed, 0 skipped

            """, answer.Out);
    }

    [Fact]
    public async Task Of_many_failures_each_is_named_and_less_of_each_is_shown()
    {
        var message = string.Join('\n', Enumerable.Range(0, 40).Select(line => $"line {line}"));
        var answer = await CountAsync(Results("a", 40, [.. Enumerable.Range(100, 40).Select(test => Failed($"Shop.Test_{test}", message))]));
        Assert.InRange(answer.Out.Length, 1, 6_100);
        Assert.All(Enumerable.Range(100, 40), test => Assert.Contains($"Shop.Test_{test}\n    line 0\n", answer.Out, StringComparison.Ordinal));
        Assert.EndsWith("\n0 passed, 40 failed, 0 skipped\n", answer.Out, StringComparison.Ordinal);
    }

    private static string Failed(string name, string message) => $"""
        <UnitTestResult testName="{name}" outcome="Failed" duration="00:00:01">
          <Output>
            <ErrorInfo>
              <Message>{message}</Message>
              <StackTrace>   at Shop.Sells() in /src/Shop.cs:line 7
           at Other() in /src/Other.cs:line 8</StackTrace>
            </ErrorInfo>
          </Output>
        </UnitTestResult>
        """;

    private string Results(string name, int failed, params string[] tests)
    {
        var file = Path.Combine(_folder, name + ".trx");
        var counters = $"""<Counters total="{tests.Length}" executed="{tests.Length}" passed="{tests.Length - failed}" failed="{failed}" error="0" />""";
        File.WriteAllLines(file, ["<TestRun>", .. tests, counters, "</TestRun>"]);
        return file;
    }

    private static async Task<Answer> CountAsync(params string[] files)
    {
        using var process = CraterProcess.Start("/", new Dictionary<string, string>(), [Path.Combine(Checkout.Root, "scripts/results.sh"), .. files]);
        return await process.EndAsync();
    }
}
