using System.Text.RegularExpressions;
using Xunit;

namespace Crater.Tests.Architecture;

/// <summary>docs/errors.md is the list of every code that the product can say, and of no other.</summary>
public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Every_code_in_the_source_stands_in_the_list()
    {
        var used = RepositoryRoot.Sources("src").SelectMany(file => Code().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct();

        Assert.Empty(used.Except(Listed()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_in_the_list_is_said_somewhere()
    {
        var used = RepositoryRoot.Sources("src").SelectMany(file => Code().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct();

        Assert.Empty(Listed().Except(used).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_list_is_sorted_and_says_each_code_once() => Assert.Equal(Listed().Distinct().Order(StringComparer.Ordinal), Listed());

    private static string[] Listed() => [.. Row().Matches(File.ReadAllText(RepositoryRoot.File("docs", "errors.md"))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"""(CRT\d{4})[""\s:]")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| `?(CRT\d{4})`? \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
