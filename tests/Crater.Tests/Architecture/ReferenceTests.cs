using System.Reflection;
using Xunit;

namespace Crater.Tests.Architecture;

/// <summary>The tables of ARCHITECTURE.md against the compiled assemblies.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Leaves = ["Diagnostics", "Documents"];

    [Fact]
    public void A_folder_uses_only_the_folders_that_the_table_allows()
    {
        var allowed = Table("folders");
        var breaches = NamespaceReferences.Of(typeof(Crater.Targets.Target).Assembly)
            .Select(use => (From: Folder(use.From), To: Folder(use.To), Text: $"{use.From.FullName} uses {use.To.FullName}"))
            .Where(use => use.From.Length > 0 && use.To.Length > 0 && use.From != use.To)
            .Where(use => !(Leaves.Contains(use.To) && !Leaves.Contains(use.From)) && use is not { From: "Documents", To: "Diagnostics" })
            .Where(use => !allowed.TryGetValue(use.From, out var may) || !may.Contains(use.To))
            .Select(use => use.Text).Distinct().Order(StringComparer.Ordinal);

        Assert.Empty(breaches);
    }

    [Fact]
    public void Every_folder_of_the_library_stands_in_the_table()
    {
        var folders = Directory.GetDirectories(RepositoryRoot.File("src", "Crater")).Select(folder => Path.GetFileName(folder)!)
            .Where(name => name is not ("bin" or "obj"));

        Assert.Equal(folders.Order(StringComparer.Ordinal), Table("folders").Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_of_folders_has_no_cycle()
    {
        var allowed = Table("folders").ToDictionary(row => row.Key, row => row.Value.ToHashSet());
        while (allowed.FirstOrDefault(row => row.Value.Count == 0) is { Key: { } leaf })
        {
            allowed.Remove(leaf);
            foreach (var row in allowed.Values)
            {
                row.Remove(leaf);
            }
        }

        Assert.Empty(allowed.Keys);
    }

    [Theory]
    [InlineData("Crater")]
    [InlineData("Crater.Kubernetes")]
    [InlineData("Crater.Lab")]
    [InlineData("Crater.Models")]
    [InlineData("crater-server")]
    [InlineData("craterctl")]
    [InlineData("craterd")]
    public void A_project_refers_only_to_the_projects_that_the_table_allows(string project)
    {
        var used = Assembly.Load(project).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("Crater", StringComparison.Ordinal));

        Assert.Empty(used.Except(Table("projects")[project]));
    }

    private static string Folder(Type type) => type.Namespace?.Split('.') is ["Crater", var folder, ..] ? folder : "";

    private static Dictionary<string, string[]> Table(string marker)
    {
        var text = File.ReadAllText(RepositoryRoot.File("ARCHITECTURE.md"));
        var start = text.IndexOf($"<!-- {marker} -->", StringComparison.Ordinal);
        var rows = text[start..text.IndexOf("<!-- end -->", start, StringComparison.Ordinal)].Split('\n').Where(line => line.StartsWith('|')).Skip(2);
        return rows.Select(row => row.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(
            cells => cells[1], cells => cells[2].Split(',', StringSplitOptions.TrimEntries).Where(cell => cell != "–").ToArray());
    }
}
