using System.Text.RegularExpressions;
using Xunit;

namespace Crater.Tests.Architecture;

/// <summary>What the documents promise is there: links lead somewhere, decisions have one number each, code on a page is code that a test runs.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Hidden = ["bin", "obj", "dist", "artifacts", "TestResults", ".git", ".crater", "node_modules"];

    private static readonly string[] Written = [".md", ".sh", ".yaml", ".yml", ".csproj", ".props", ".targets", ".slnx", ".txt", ""];

    [Fact]
    public void Relative_links_lead_to_files_that_are_there()
    {
        var dead =
            from page in Files().Where(file => file.EndsWith(".md", StringComparison.Ordinal))
            from Match link in Link().Matches(File.ReadAllText(page))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target))
            select $"{Named(page)}: {target}";

        Assert.Empty(dead);
    }

    [Fact]
    public void Pages_that_the_text_and_the_code_name_are_there()
    {
        var named =
            from file in Files().Concat(RepositoryRoot.Sources("src"))
            where file.EndsWith(".md", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal)
            from Match page in Page().Matches(File.ReadAllText(file))
            where !File.Exists(RepositoryRoot.File(page.Value))
            select $"{Named(file)}: {page.Value}";

        Assert.Empty(named);
    }

    [Fact]
    public void Decisions_are_numbered_from_one_without_a_gap_or_a_double()
    {
        var numbers = Directory.EnumerateFiles(RepositoryRoot.File("docs", "decisions"), "*.md").Select(file => Path.GetFileName(file)[..4]).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(number => $"{number:0000}"), numbers);
    }

    [Fact]
    public void No_document_or_script_names_a_place_on_one_machine_or_a_package_registry()
    {
        var places =
            from file in Files().Where(file => Written.Contains(Path.GetExtension(file)))
            from Match place in Place().Matches(File.ReadAllText(file))
            select $"{Named(file)}: {place.Value}";

        Assert.Empty(places);
    }

    [Fact]
    public void The_ten_lines_on_the_library_page_are_the_ten_that_a_test_runs()
    {
        var code = File.ReadAllText(RepositoryRoot.File("tests", "Crater.EndToEnd.Tests", "Library", "TenLines.cs"));
        var lines = code.Split("// <ten-lines>")[1].Split("// </ten-lines>")[0].Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(10, lines.Length);
        Assert.Contains(string.Join('\n', lines), File.ReadAllText(RepositoryRoot.File("docs", "library.md")), StringComparison.Ordinal);
    }

    private static string Named(string file) => Path.GetRelativePath(RepositoryRoot.Path, file);

    private static IEnumerable<string> Files() => FilesOf(RepositoryRoot.Path);

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder).Where(inner => !Hidden.Contains(Path.GetFileName(inner))).SelectMany(FilesOf));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bdocs/[a-z0-9/-]+\.md\b")]
    private static partial Regex Page();

    // A home or a work folder of whoever wrote it, and hosts that serve packages or images: both differ from one reader to the next.
    [GeneratedRegex(@"(?<![\w.~$}/])/(?:work|root|home|tmp|Users)/[\w.-]+|\b(?:api\.)?nuget\.org\b|\bregistry\.npmjs\.org\b|\bmcr\.microsoft\.com\b|\bghcr\.io\b|\bquay\.io\b|\bproxy\.golang\.org\b")]
    private static partial Regex Place();
}
