using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Bad input has a code of its own, says what to do, and leaves nothing behind.</summary>
public sealed class BadInputTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Theory]
    [InlineData("broken.yaml", "title: [one\nmethod: []\n", "CRT1101", "line")]
    [InlineData("half.json", "{\"title\": \"one\", \"method\": [", "CRT1110", "line")]
    [InlineData("empty.yaml", "", "CRT1005", "")]
    public async Task A_document_that_cannot_be_read_says_where(string name, string text, string code, string says)
    {
        var desk = lab.NewDesk();
        var answer = await desk.RunAsync("run", desk.Write(name, text), "--json");
        await RefusedAsync(desk, answer, 1, code);
        Assert.Contains(says, answer.Out, StringComparison.Ordinal);
        if (says.Length > 0)
        {
            Assert.True((int?)answer.Json["error"]!["problems"]?.AsArray().FirstOrDefault()?["line"] > 0, answer.Out);
        }
    }

    [Theory]
    [InlineData("pod-kil", "", "namespace: sock-shop, labels: \"app=bank\"", "CRT2101", "pod-kill")]
    [InlineData("network-loss", "loss: 1.5", "namespace: sock-shop, labels: \"app=bank\"", "CRT2106", "loss")]
    [InlineData("network-delay", "", "namespace: sock-shop, labels: \"app=bank\"", "CRT2104", "delay")]
    [InlineData("pod-kill", "", "namespace: sock-shop, labels: \"app=bnak\"", "CRT3003", "bank")]
    [InlineData("pod-kill", "", "namespace: sock-shop, labels: \"app=bank\", count: 2", "CRT3005", "targets-max")]
    public async Task A_fault_that_cannot_be_planned_says_why(string fault, string arguments, string target, string code, string says)
    {
        var desk = lab.NewDesk();
        var answer = await desk.RunAsync("run", desk.Document(fault, arguments, "5s", target), "--json");
        await RefusedAsync(desk, answer, 1, code);
        Assert.Contains(says, answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_is_refused_is_spoken_of_as_no_run_and_dry_with_the_same_exit_code()
    {
        var desk = lab.NewDesk();
        var document = desk.Document("pod-kill", "", "5s", "namespace: sock-shop, labels: \"app=bnak\"");
        var refused = await desk.RunAsync("run", document);
        Assert.Equal((1, ""), (refused.Code, refused.Out));
        Assert.Contains("error CRT3003", refused.Error, StringComparison.Ordinal);
        var absent = await desk.RunAsync("run", desk.Document("pod-kill", "", "5s"), "--driver", "litmus", "--dry-run");
        Assert.True(absent.Code == 5 && absent.Out.Contains("refused: CRT8204", StringComparison.Ordinal), absent.ToString());
    }

    [Fact]
    public async Task Of_several_documents_one_that_cannot_be_read_does_not_hide_the_others()
    {
        var desk = lab.NewDesk();
        var answer = await desk.RunAsync("validate", "nowhere.yaml", desk.Write("half.json", "{"), desk.Document("pod-kil", "", "5s"), desk.Document("pod-kill", "", "5s"), "--json");
        Assert.Equal(1, answer.Code);
        Assert.Equal(["CRT1001", "CRT1110", "CRT2101", ""], answer.Json.AsArray().Select(one => (string?)one!["problems"]!.AsArray().FirstOrDefault(problem => !(bool)problem!["warning"]!)?["code"] ?? ""));
    }

    [Fact]
    public async Task Too_large_a_share_of_one_component_is_refused()
    {
        var desk = lab.NewDesk();
        var document = desk.Document("pod-kill", "", "5s", more: "blast-radius: {target-share-max: 0.34}");
        await RefusedAsync(desk, await desk.RunAsync("run", document, "--json"), 1, "CRT3006");
    }

    [Fact]
    public async Task A_context_is_never_chosen_by_accident()
    {
        var desk = lab.NewDesk();
        await RefusedAsync(desk, await desk.RunAsync("inventory", "--context", "crater-lab", "--json"), 1, "CRT1202");
    }

    [Fact]
    public async Task A_kubeconfig_that_is_not_there_is_named()
    {
        var desk = lab.NewDesk();
        var answer = await desk.RunAsync("inventory", "--kubeconfig", "nowhere.yaml", "--json");
        await RefusedAsync(desk, answer, 5, "CRT5001");
        Assert.Contains("nowhere.yaml", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_token_is_told_from_a_missing_cluster()
    {
        var desk = lab.NewDesk();
        var text = await File.ReadAllTextAsync(lab.Kubeconfig, TestContext.Current.CancellationToken);
        desk.Write("old.yaml", System.Text.RegularExpressions.Regex.Replace(text, "token: .*", "token: of-yesterday"));
        await RefusedAsync(desk, await desk.RunAsync("run", desk.Document("pod-kill", "", "5s"), "--kubeconfig", "old.yaml", "--json"), 5, "CRT5201");
    }

    [Fact]
    public async Task A_server_that_refuses_the_connection_is_said_to()
    {
        var desk = lab.NewDesk();
        var text = await File.ReadAllTextAsync(lab.Kubeconfig, TestContext.Current.CancellationToken);
        desk.Write("gone.yaml", System.Text.RegularExpressions.Regex.Replace(text, "server: .*", "server: https://127.0.0.1:1"));
        await RefusedAsync(desk, await desk.RunAsync("inventory", "--kubeconfig", "gone.yaml", "--json"), 5, "CRT5101");
    }

    [Fact]
    public async Task Of_several_contexts_one_must_be_named()
    {
        var desk = lab.NewDesk();
        desk.Write("two.yaml", """
            apiVersion: v1
            kind: Config
            current-context: one
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: c, user: u}}]
            """);
        var answer = await desk.RunAsync("inventory", "--kubeconfig", "two.yaml", "--json");
        await RefusedAsync(desk, answer, 5, "CRT5004");
        Assert.Contains("two", answer.Out, StringComparison.Ordinal);
        await RefusedAsync(desk, await desk.RunAsync("inventory", "--kubeconfig", "two.yaml", "--kube-context", "three", "--json"), 5, "CRT5003");
    }

    [Fact]
    public async Task The_chaos_advisors_example_is_refused_for_the_engine_that_it_insists_on_and_is_never_swapped()
    {
        var desk = lab.NewDesk();
        var answer = await desk.RunAsync("run", desk.Write("redis.json", Example()), "--json");
        await RefusedAsync(desk, answer, 5, "CRT8204");
        Assert.Contains("litmus", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chaos_advisors_example_runs_without_the_line_of_its_engine()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Write("redis.json", Example().Replace("\"medium\",\n  \"chaos_engine\": \"litmuschaos\"", "\"medium\"", StringComparison.Ordinal));
        var answer = await desk.RunAsync("run", document, "--load", $"{lab.BankUrl}/ready", "--rate", "5", "--json");
        Assert.True(answer.Code == 0, answer.ToString());
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();
        Assert.Contains(desk.Events(desk.Run()), line => line.Contains("\"injection-recovered\"", StringComparison.Ordinal));
    }

    private async Task RefusedAsync(Desk desk, Answer answer, int exit, string code)
    {
        Assert.True(answer.Code == exit && answer.ErrorCode == code, $"expected {exit} and {code}: {answer}");
        Assert.NotEmpty((string?)answer.Json["error"]!["message"] ?? "");
        Assert.Empty(Directory.GetDirectories(desk.Folder));
        await lab.AsBeforeAsync();
    }

    private static string Example() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Documents", "redis_primary_pod_kill.json"));
}
