using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Runs.Activities;
using Crater.Runs.Controls;
using Xunit;

namespace Crater.Tests.Runs.Controls;

/// <summary>With the real Terraform, on stacks that need no provider.</summary>
public sealed class TerraformControlTests : IDisposable
{
    private const string Stack = """
        variable "name" { type = string }
        variable "count_of" {
          type    = number
          default = 1
        }
        variable "flag" {
          type    = bool
          default = false
        }
        resource "terraform_data" "one" { input = "${var.name}-${var.count_of}-${var.flag}" }
        output "made" { value = terraform_data.one.output }
        output "list" { value = [1, 2] }
        output "password" {
          value     = "pa55-${var.name}"
          sensitive = true
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-terraform-");
    private readonly JsonObject _configuration = new() { ["app"] = "shop" };
    private readonly JsonObject _secrets = [];
    private readonly List<string> _said = [];
    private readonly TerraformControl _control;

    public TerraformControlTests()
    {
        Assert.SkipWhen(Programs.Find("terraform", new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" }) is null, "terraform is missing");
        File.WriteAllText(At("main.tf"), Stack);
        _control = new TerraformControl(TimeProvider.System, _said.Add);
    }

    public void Dispose()
    {
        _control?.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_stack_is_there_during_the_experiment_and_gone_after_it()
    {
        var arguments = $$$"""{"chdir": "{{{_folder.FullName}}}", "variables": {"name": {"name": "app"}, "count_of": 3, "flag": true}, "outputs": {"made": "made_url"}}""";
        await CallAsync(ControlHook.Configure, arguments);
        await CallAsync(ControlHook.BeforeExperiment, arguments);
        Assert.Equal("""{"app":"shop","tf_out__list":[1,2],"tf_out__made":"shop-3-true","made_url":"shop-3-true","tf_out__password":"pa55-shop"}""", _configuration.ToJsonString());
        Assert.Equal("""{"terraform":{"tf_out__password":"pa55-shop"}}""", _secrets.ToJsonString());
        Assert.True(Resources() > 0);
        await CallAsync(ControlHook.AfterExperiment, arguments);
        Assert.Equal(0, Resources());
        Assert.Empty(_said);
    }

    [Fact]
    public async Task A_stack_is_retained_when_configuration_says_so()
    {
        _configuration["tf_conf__retain"] = "true";
        _configuration["tf_conf__silent"] = false;
        _configuration["tf_conf__chdir"] = _folder.FullName;
        foreach (var hook in new[] { ControlHook.Configure, ControlHook.BeforeExperiment, ControlHook.AfterExperiment, ControlHook.CleanUp })
        {
            await CallAsync(hook, """{"retain": false, "chdir": "/no/such/folder", "variables": {"name": "x"}}""");
        }

        Assert.True(Resources() > 0);
        Assert.Contains(_said, line => line.Contains("Apply complete!", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_apply_interrupts_the_run_and_what_it_had_made_is_destroyed()
    {
        File.AppendAllText(At("main.tf"), """

            resource "terraform_data" "two" {
              input = "x"
              lifecycle {
                precondition {
                  condition     = terraform_data.one.output == "nobody"
                  error_message = "the second one does not want to"
                }
              }
            }
            """);
        var arguments = $$$"""{"chdir": "{{{_folder.FullName}}}", "variables": {"name": "x"}}""";
        await CallAsync(ControlHook.Configure, arguments);
        var interrupted = await Assert.ThrowsAsync<RunInterruptedException>(() => CallAsync(ControlHook.BeforeExperiment, arguments));
        Assert.StartsWith($"CRT2382 'terraform apply' in {_folder.FullName} ended with 1: ", interrupted.Message, StringComparison.Ordinal);
        Assert.Contains("the second one does not want to", interrupted.Message, StringComparison.Ordinal);
        Assert.True(Resources() > 0);
        await CallAsync(ControlHook.CleanUp, arguments);
        Assert.Equal(0, Resources());
    }

    [Theory]
    [InlineData("""{"chdir": "/no/such/folder"}""", "CRT2381 There is no folder /no/such/folder")]
    [InlineData("""{"chdir": "FOLDER", "variables": {"name": {"name": "nowhere"}}}""", "CRT2385 The variable name of the Terraform stack is to be the value of nowhere")]
    [InlineData("""{"chdir": "FOLDER", "retian": true}""", "CRT2386 The control stack has no argument retian; it takes silent, retain, chdir, variables, outputs.")]
    [InlineData("""{"chdir": "FOLDER"}""", "CRT2382 'terraform apply'")]
    public async Task What_cannot_be_made_interrupts_the_run_before_it_begins(string arguments, string reason)
    {
        arguments = arguments.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal);
        await ConfiguredAsync(arguments);
        Assert.StartsWith(reason, (await Assert.ThrowsAsync<RunInterruptedException>(() => CallAsync(ControlHook.BeforeExperiment, arguments))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_that_cannot_be_initialised_says_so_at_once_and_interrupts_when_it_is_needed()
    {
        File.WriteAllText(At("main.tf"), "resource {");
        var arguments = $$"""{"chdir": "{{_folder.FullName}}"}""";
        Assert.StartsWith("CRT2381 'terraform init'", (await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(ControlHook.Configure, arguments))).Message, StringComparison.Ordinal);
        Assert.StartsWith("CRT2381 'terraform init'", (await Assert.ThrowsAsync<RunInterruptedException>(() => CallAsync(ControlHook.BeforeExperiment, arguments))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_could_not_be_destroyed_is_said_loudly_with_the_command_that_does_it()
    {
        var arguments = $$$"""{"chdir": "{{{_folder.FullName}}}", "variables": {"name": "x"}}""";
        await CallAsync(ControlHook.Configure, arguments);
        await CallAsync(ControlHook.BeforeExperiment, arguments);
        File.WriteAllText(At("main.tf"), "resource {");
        await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(ControlHook.AfterExperiment, arguments));
        Assert.StartsWith($"error CRT2384: The Terraform stack in {_folder.FullName} may still be there.", _said[0], StringComparison.Ordinal);
        Assert.Contains($"'terraform -chdir={_folder.FullName} destroy'", _said[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_run_stops_terraform_and_what_it_made_is_destroyed_all_the_same()
    {
        File.AppendAllText(At("main.tf"), """

            resource "terraform_data" "slow" {
              provisioner "local-exec" {
                command = "cut -d' ' -f6 /proc/$$/stat > session; touch begun; exec sleep 300"
              }
            }
            """);
        var arguments = $$$"""{"chdir": "{{{_folder.FullName}}}", "variables": {"name": "x"}}""";
        await CallAsync(ControlHook.Configure, arguments);
        using var abort = new CancellationTokenSource();
        var applying = CallAsync(ControlHook.BeforeExperiment, arguments, abort.Token);
        while (!File.Exists(At("begun")))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => applying);
        Assert.NotEqual(File.ReadAllText("/proc/self/stat").Split(' ')[5], File.ReadAllText(At("session")).Trim());
        await CallAsync(ControlHook.AfterExperiment, arguments);
        Assert.Equal(0, Resources());
    }

    private async Task ConfiguredAsync(string arguments)
    {
        try
        {
            await CallAsync(ControlHook.Configure, arguments);
        }
        catch (InvalidOperationException)
        {
            // Said to the log; the run goes on to the next hook.
        }
    }

    private Task CallAsync(ControlHook hook, string arguments, CancellationToken? abort = null)
    {
        var map = (JsonObject)JsonNode.Parse(arguments)!;
        var call = new ControlCall(new Control("stack", _control.Module, map), (JsonObject)map.DeepClone(), [], _configuration, _secrets);
        return _control.CallAsync(hook, call, abort ?? TestContext.Current.CancellationToken);
    }

    private int Resources() => JsonNode.Parse(File.ReadAllText(At("terraform.tfstate")))!["resources"]!.AsArray().Count;

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
