using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>The real Terraform, on a stack that needs no provider, as a control of a document that is run by the tool under both its names.</summary>
public sealed class TerraformRunTests : IDisposable
{
    private const string Stack = """
        variable "name" { type = string }
        resource "terraform_data" "one" { input = "made-${var.name}" }
        output "made" { value = terraform_data.one.output }
        output "token" {
          value     = "s3cr3t-${var.name}"
          sensitive = true
        }
        """;

    private const string Document = """
        title: A stack for ${app}
        description: What is needed is made before the experiment, and is gone after it.
        configuration: {app: shop}
        controls:
          - name: stack
            provider:
              type: python
              module: chaosterraform.control
              arguments: {chdir: stack, variables: {name: {name: app}}, outputs: {made: made_name}}
        method:
          - {name: use it, type: action, provider: {type: process, path: echo, arguments: ["${made_name} ${tf_out__made} ${tf_out__token}"]}}
          - {name: it is there, type: probe, provider: {type: process, path: grep, arguments: ["-c", "made-shop", "stack/terraform.tfstate"]}}
          - {name: wait, type: action, provider: {type: python, module: time, func: sleep, arguments: {secs: "${seconds}"}}}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-terraform-");

    public TerraformRunTests()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "terraform"))), "terraform is missing");
        _folder.CreateSubdirectory("stack");
        File.WriteAllText(At("stack/main.tf"), Stack);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("chaos")]
    [InlineData("")]
    public async Task A_stack_lives_as_long_as_the_experiment_and_its_secrets_are_masked(string name)
    {
        using var process = await StartAsync("0", name);
        var answer = await process.EndAsync();
        var journal = File.ReadAllText(At("journal.json"));
        var run = JsonNode.Parse(journal)!["run"]!;
        Assert.Equal("made-shop made-shop *****\n", (string?)run[0]!["output"]!["stdout"]);
        Assert.NotEqual("0\n", (string?)run[1]!["output"]!["stdout"]);
        Assert.Empty(Resources());
        Assert.DoesNotContain("s3cr3t", journal + answer.Out + answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("CRT2027", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_is_destroyed_when_the_run_is_interrupted()
    {
        using var run = await StartAsync("300", "chaos");
        await Wait.UntilAsync(() => File.Exists(At("chaostoolkit.log")) && File.ReadAllText(At("chaostoolkit.log")).Contains("Action: wait", StringComparison.Ordinal), "the method waits");
        Assert.NotEmpty(Resources());
        run.Signal(Signals.Terminate);
        await run.EndAsync();
        Assert.Equal("interrupted", (string?)JsonNode.Parse(File.ReadAllText(At("journal.json")))!["status"]);
        Assert.Empty(Resources());
    }

    private async Task<CraterProcess> StartAsync(string seconds, string name)
    {
        await File.WriteAllTextAsync(At("experiment.yaml"), Document.Replace("${seconds}", seconds, StringComparison.Ordinal).Replace($"secs: \"{seconds}\"", $"secs: {seconds}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        return CraterProcess.Start(_folder.FullName, new Dictionary<string, string> { ["CRATER_AS"] = name }, [CraterProcess.Program, "run", "--journal-path", "journal.json", "experiment.yaml"]);
    }

    private JsonArray Resources() => JsonNode.Parse(File.ReadAllText(At("stack/terraform.tfstate")))!["resources"]!.AsArray();

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
