using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary><c>craterctl run</c> of an experiment.conf, in a copy of the library's own example, from another folder.</summary>
public sealed class ConfRunTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("crater-conf-");

    public ConfRunTests()
    {
        Directory.CreateDirectory(At("example"));
        foreach (var file in Directory.GetFiles(Example()))
        {
            File.Copy(file, At($"example/{Path.GetFileName(file)}"));
        }
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_context_decides_how_the_experiment_is_played_and_where_its_journal_is_kept()
    {
        var answer = await RunAsync([], "--context", "live", "--journals-bucket", "./journals", "example/experiment.conf");
        Assert.True(answer.Code == 0, answer.ToString());
        var journal = Journal();
        Assert.Equal("A scratch folder in live leaves nothing behind", (string?)journal["experiment"]!["title"]);
        Assert.Equal("completed", (string?)journal["status"]);
        Assert.Contains("100% greetings from live", (string?)journal["run"]![0]!["output"]!["stdout"], StringComparison.Ordinal);
        Assert.NotEmpty(journal["steady_states"]!["during"]!.AsArray());
        Assert.Equal(["take the scratch folder away"], journal["rollbacks"]!.AsArray().Select(entry => (string?)entry!["activity"]!["name"]));
        Assert.False(Directory.Exists(At("example/scratch-live")));
        var kept = Assert.Single(Directory.GetDirectories(At("journals")));
        Assert.Matches(@"\d{8}_\d{6}_a-scratch-folder-in-live-leaves-nothing-behind$", kept);
        Assert.Equal(File.ReadAllText(At("example/journal.json")), File.ReadAllText(Path.Combine(kept, "journal.json")));
        Assert.NotEmpty(File.ReadAllText(Path.Combine(kept, "chaostoolkit.log")));
    }

    [Fact]
    public async Task What_the_wrapper_took_from_the_environment_is_taken_from_there()
    {
        await RunAsync(new() { ["CHAOS_CONFIG_FILE"] = "example/experiment.conf", ["CHAOS_CONTEXT"] = "look" });
        var journal = Journal();
        Assert.Equal("completed", (string?)journal["status"]);
        Assert.Equal("A scratch folder in look leaves nothing behind", (string?)journal["experiment"]!["title"]);
        Assert.Null(journal["steady_states"]!["after"]);
        Assert.Empty(journal["rollbacks"]!.AsArray());
        Assert.True(Directory.Exists(At("example/scratch")));
    }

    [Fact]
    public async Task The_exit_code_is_that_of_the_run_and_the_command_line_wins_over_the_file()
    {
        File.Delete(At("example/README.md"));
        var answer = await RunAsync([], "example/experiment.conf", "--var", "environment=here", "--rollback-strategy", "never");
        Assert.NotEqual(0, answer.Code);
        Assert.Contains($"The run ended with the exit code {answer.Code}.", answer.Error, StringComparison.Ordinal);
        Assert.Equal("A scratch folder in here leaves nothing behind", (string?)Journal()["experiment"]!["title"]);
        Assert.Empty(Journal()["rollbacks"]!.AsArray());
    }

    [Theory]
    [InlineData("CRT1221", "--context", "production", "example/experiment.conf")]
    [InlineData("CRT1225", "--journals-bucket", "s3://journals", "example/experiment.conf")]
    [InlineData("CRT1202", "--context", "live", "example/experiment.yaml")]
    [InlineData("CRT1228", "--journals-bucket", "./journals", "example/experiment.yaml")]
    [InlineData("CRT1001", "example/other.conf")]
    public async Task What_is_not_right_is_said_before_anything_is_begun(string code, params string[] arguments)
    {
        var answer = await RunAsync([], ["--json", .. arguments]);
        Assert.Equal((1, code), (answer.Code, answer.ErrorCode));
        Assert.False(File.Exists(At("example/journal.json")));
    }

    private async Task<Answer> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var run = CraterProcess.Start(_root.FullName, environment, [CraterProcess.Program, "run", .. arguments]);
        return await run.EndAsync();
    }

    private JsonNode Journal() => JsonNode.Parse(File.ReadAllText(At("example/journal.json")))!;

    private static string Example([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../library/local/scratch-folder"));

    private string At(string name) => Path.Combine(_root.FullName, name);
}
