using Xunit;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>
/// Called as <c>chaos</c>, the program does what Chaos Toolkit does: the documents of the corpus were played by the real engine, and what they came to is what is asked.
/// Where an expectation differs on purpose, it says so.
/// </summary>
public sealed class ConformanceTests(ConformanceRuns runs) : IClassFixture<ConformanceRuns>
{
    public static TheoryData<string> Cases => [.. Expectation.All.Select(asked => asked.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_document_comes_to_what_it_came_to_in_the_real_engine(string name)
    {
        var number = Expectation.All.TakeWhile(asked => asked.Name != name).Count();
        var asked = Expectation.All[number];
        Assert.SkipWhen(asked.Needs is { } program && !IsThere(program), $"needs {asked.Needs}");
        Assert.SkipWhen(ConformanceRuns.IsOther && !asked.IsRecorded, "not recorded from the real engine");

        var differences = await runs.DifferencesAsync(number);

        Assert.True(differences.Count == 0, $"{Path.GetFileName(asked.Document)} {string.Join(' ', asked.CommandLine)}\n{string.Join('\n', differences)}");
    }

    [Fact]
    public void The_corpus_has_at_least_150_documents() => Assert.InRange(Expectation.All.Select(asked => asked.Document).Distinct().Count(), 150, int.MaxValue);

    [Fact]
    public void Every_row_of_the_tables_is_covered_by_a_document()
    {
        var rows = File.ReadLines(Path.Combine(Expectation.Corpus, "rows.txt")).Where(line => line.Length > 0 && line[0] != '#').ToList();
        var covered = Expectation.All.SelectMany(asked => asked.Covers).ToHashSet();

        Assert.Equal([], rows.Except(covered));
        Assert.Equal([], covered.Except(rows));
    }

    [Fact]
    public void Every_document_is_a_case() => Assert.Empty(Directory.EnumerateFiles(Expectation.Corpus, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetDirectoryName(Path.GetRelativePath(Expectation.Corpus, file)) is not ("" or "modules") && !file.EndsWith(".expect.json", StringComparison.Ordinal))
        .Except(Expectation.All.Select(asked => asked.Document)));

    [Fact]
    public void A_difference_is_always_said() => Assert.All(Expectation.All.Where(asked => asked.Facts.ContainsKey("theirs")), asked => Assert.NotNull((string?)asked.Facts["differs"]));

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
