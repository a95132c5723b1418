using System.Text.RegularExpressions;
using Xunit;

namespace Crater.Tests.Architecture;

/// <summary>A file is one concept and a method is one thought; what is longer needs a reason that stands here.</summary>
public sealed partial class SizeTests
{
    private const int FileLinesMax = 300;
    private const int MethodLinesMax = 70;

    /// <summary>Short and ugly on purpose: path → why it may be longer.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("src")]
    [InlineData("samples")]
    [InlineData("tests")]
    public void No_file_is_longer_than_a_concept(string folder)
    {
        var longer = RepositoryRoot.Sources(folder).Select(file => (Name: Path.GetRelativePath(RepositoryRoot.Path, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > FileLinesMax && !LongFiles.ContainsKey(file.Name)).Select(file => $"{file.Name}: {file.Lines} lines");

        Assert.Empty(longer);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("samples")]
    public void No_method_is_longer_than_a_thought(string folder)
    {
        var longer = RepositoryRoot.Sources(folder).SelectMany(file => Methods(File.ReadAllLines(file))
            .Where(method => method.Lines > MethodLinesMax)
            .Select(method => $"{Path.GetRelativePath(RepositoryRoot.Path, file)}:{method.Line} has {method.Lines} lines"));

        Assert.Empty(longer);
    }

    [Fact]
    public void An_exception_that_is_no_longer_needed_is_taken_out()
    {
        var needless = LongFiles.Keys.Where(file => !File.Exists(RepositoryRoot.File(file)) || File.ReadLines(RepositoryRoot.File(file)).Count() <= FileLinesMax);

        Assert.Equal([], needless);
    }

    /// <summary>Members with a block body at class level (four spaces, or eight in a nested type): from the opening to the closing brace of the same indent.</summary>
    private static IEnumerable<(int Line, int Lines)> Methods(string[] lines)
    {
        for (var i = 1; i < lines.Length; i++)
        {
            if (OpeningBrace().Match(lines[i]) is not { Success: true } brace || TypeHead().IsMatch(Head(lines, i)))
            {
                continue;
            }

            var closing = brace.Groups[1].Value + "}";
            var end = Array.FindIndex(lines, i, line => line.StartsWith(closing, StringComparison.Ordinal));
            yield return (i, end - i + 1);
        }
    }

    private static string Head(string[] lines, int brace)
    {
        var first = brace - 1;
        while (first > 0 && lines[first].StartsWith("        ", StringComparison.Ordinal))
        {
            first--;
        }

        return string.Join(' ', lines[first..brace]);
    }

    [GeneratedRegex(@"^(    |        )\{$")]
    private static partial Regex OpeningBrace();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\b")]
    private static partial Regex TypeHead();
}
