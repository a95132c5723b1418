using System.Text.Json;
using System.Text.RegularExpressions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>The real program, asked by the protocol's own client over standard input and output, against a lab.</summary>
public sealed partial class McpTests(CommandLab lab) : IClassFixture<CommandLab>
{
    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Looking_planning_and_ending_are_open_and_starting_is_not_even_offered()
    {
        var desk = lab.NewDesk();
        await using var client = await ClientAsync(desk);
        var tools = await client.ListToolsAsync(cancellationToken: Abort);
        Assert.Contains(tools, tool => tool.Name == "abort_run");
        Assert.DoesNotContain(tools, tool => tool.Name is "start_experiment" or "request_start");
        Assert.Contains("deployment/sock-shop/bank", await CallAsync(client, "list_components"), StringComparison.Ordinal);
        Assert.Contains("Nothing was touched.", await CallAsync(client, "plan_experiment", ("path", Plain(desk))), StringComparison.Ordinal);
        Assert.Contains("there is no tool", await CallAsync(client, "start_experiment", ("request", "00000000"), ("code", "AAAAAAAA")), StringComparison.Ordinal);
        Assert.Contains("CRT7366", await CallAsync(client, "plan_experiment", ("path", "/etc/passwd")), StringComparison.Ordinal);
        var inventory = (TextResourceContents)(await client.ReadResourceAsync("chaos://inventory", cancellationToken: Abort)).Contents.Single();
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(inventory.Text).RootElement.ValueKind);
        Assert.Equal(["explain-run", "plan-game-day", "review-weaknesses"], (await client.ListPromptsAsync(cancellationToken: Abort)).Select(prompt => prompt.Name).Order());
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task A_start_takes_a_code_from_another_terminal_and_the_journal_names_the_client()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script (util-linux) gives the terminal that a person would have");
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        string run;
        await using (var client = await ClientAsync(desk, "--allow-run"))
        {
            var asked = await CallAsync(client, "request_start", ("path", Plain(desk)));
            var request = Request().Match(asked).Groups[1].Value;
            Assert.Contains("CRT7362", await CallAsync(client, "start_experiment", ("request", request), ("code", "AAAAAAAA")), StringComparison.Ordinal);
            Assert.Equal("CRT7364", (await desk.RunAsync("approve", request, "--json")).ErrorCode);
            using var approving = desk.Start(new Dictionary<string, string>(), ["/usr/bin/script", "-qec", $"{CraterProcess.Program} approve {request}", "/dev/null"]);
            var code = Code().Match((await approving.EndAsync()).Out).Groups[1].Value;
            var started = await CallAsync(client, "start_experiment", ("request", request), ("code", code));
            run = RunId().Match(started).Value;
            Assert.True(run.Length > 0, started);
            await Wait.UntilAsync(async () => (await CallAsync(client, "get_run", ("run", run))).Contains("verdict: upheld", StringComparison.Ordinal), "the run has ended", Wait.Patience);
            Assert.Contains("## Root cause", await CallAsync(client, "get_report", ("run", run)) + await CallAsync(client, "get_report", ("run", run), ("page", 2)), StringComparison.Ordinal);
        }

        Assert.Contains("through MCP client crater-tests 1.0", desk.Events(run)[0], StringComparison.Ordinal);
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();
    }

    private string Plain(Desk desk) => desk.Document("pod-kill", "", "5s", probe: $"type: http, url: \"{lab.BankUrl}/ready\"", tolerance: "200");

    private static async Task<McpClient> ClientAsync(Desk desk, params string[] arguments) => await McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = CraterProcess.Program,
            Arguments = ["mcp", .. arguments],
            WorkingDirectory = desk.Folder,
            EnvironmentVariables = desk.Environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value),
            ShutdownTimeout = TimeSpan.FromSeconds(60),
        }),
        // On a busy machine a program takes longer to start than the client waits before it tries an older handshake.
        new McpClientOptions { ClientInfo = new Implementation { Name = "crater-tests", Version = "1.0" }, DiscoverProbeTimeout = Timeout.InfiniteTimeSpan }, cancellationToken: Abort);

    private static async Task<string> CallAsync(McpClient client, string tool, params (string Name, object? Value)[] arguments) =>
        string.Concat((await client.CallToolAsync(tool, arguments.ToDictionary(pair => pair.Name, pair => pair.Value), cancellationToken: Abort)).Content.OfType<TextContentBlock>().Select(block => block.Text));

    [GeneratedRegex("Request ([0-9a-f]{8}) is open")]
    private static partial Regex Request();

    [GeneratedRegex("this code: ([A-Z2-9]{8})")]
    private static partial Regex Code();

    [GeneratedRegex("chaos-[0-9a-f]{8}")]
    private static partial Regex RunId();
}
