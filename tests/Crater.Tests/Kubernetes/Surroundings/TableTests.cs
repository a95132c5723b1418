using Crater.Cli;
using Crater.Diagnostics;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Kubernetes.Surroundings;

/// <summary>What docs/bad-surroundings.md says is so: its codes exist, its tests are tests, and its exit codes are those that an error of that code ends with.</summary>
public sealed class TableTests
{
    /// <summary>Ends of a run that had begun: by its verdict or its residue, whatever code it met.</summary>
    private static readonly string[] EndsOfRuns = ["0", "3", "4", "–"];

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
    public void Every_exit_code_of_a_refusal_is_the_one_that_its_error_ends_with() =>
        Assert.Equal([], Rows.Where(row => !EndsOfRuns.Contains(row[3]) && ExitCodes.For(new CraterException(row[2], "")).ToString(System.Globalization.CultureInfo.InvariantCulture) != row[3]).Select(row => row[0]));
}
