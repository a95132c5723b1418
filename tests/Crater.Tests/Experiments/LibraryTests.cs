using System.Text.RegularExpressions;
using Crater.Documents;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed partial class LibraryTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(ReaderTesting.DataFolder, "../../../.."));

    public static TheoryData<string> Documents() =>
        [.. Directory.GetFiles(Path.Combine(Root, "library"), "experiment.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_ready_experiment_has_no_problem_and_no_warning(string file)
    {
        var reading = ExperimentReader.ReadFile(Path.Combine(Root, file), ReaderTesting.Options);
        Assert.Empty(reading.Problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_ready_experiment_is_described_beside_it(string file) => Assert.True(File.Exists(Path.Combine(Root, Path.GetDirectoryName(file)!, "README.md")));

    [Fact]
    public void The_example_on_the_page_of_the_format_is_read_without_a_problem()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs/experiment-format.md"));
        var reading = ExperimentReader.Read(Example().Match(page).Groups[1].Value, DocumentFormat.Yaml, ReaderTesting.Options);
        Assert.Empty(reading.Problems.Select(problem => problem.ToString()));
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
