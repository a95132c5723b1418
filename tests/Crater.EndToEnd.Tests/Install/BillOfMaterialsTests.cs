using System.Diagnostics;
using System.Text.Json.Nodes;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>What an image's bill of materials says is what its project's lock file says.</summary>
public sealed class BillOfMaterialsTests
{
    [Theory]
    [InlineData("Crater.Server")]
    [InlineData("Crater.Cli")]
    [InlineData("Crater.Agent")]
    public async Task A_bill_has_every_package_of_the_lock_file_and_no_other(string project)
    {
        var folder = RepositoryRoot.File("src", project);
        var file = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", "scripts/sbom.cs", folder, "crater/test", "1.2.3", file]) { WorkingDirectory = RepositoryRoot.Path, RedirectStandardOutput = true })!;
            var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, said);
            var bill = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
            Assert.Equal("CycloneDX", (string?)bill["bomFormat"]);
            var billed = bill["components"]!.AsArray().Select(one => $"{one!["name"]} {one["version"]}");
            Assert.Equal(Locked(folder).Order(StringComparer.Ordinal), billed.Order(StringComparer.Ordinal));
            var known = bill["components"]!.AsArray().Select(one => (string)one!["bom-ref"]!).Append("pkg:generic/crater/test@1.2.3").ToHashSet();
            Assert.All(bill["dependencies"]!.AsArray(), one => Assert.Contains((string)one!["ref"]!, known));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The analyzer of banned symbols is a part of every build and of nothing that runs.</summary>
    private static IEnumerable<string> Locked(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "packages.lock.json")))!["dependencies"]!.AsObject().Single(framework => !framework.Key.Contains('/')).Value!.AsObject()
        .Where(one => (string?)one.Value!["type"] != "Project" && one.Key != "Microsoft.CodeAnalysis.BannedApiAnalyzers").Select(one => $"{one.Key} {one.Value!["resolved"]}");
}
