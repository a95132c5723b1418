using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>The binary under the name chaos, as scripts start it: through a link, with that tool's options, log and exit codes.</summary>
public sealed class ChaosTests : IDisposable
{
    private const string Plain = """
        title: Plain
        description: One echo.
        configuration: {word: {type: env, key: CHAOS_TESTS_WORD, default: unset}}
        secrets: {api: {token: very-secret-token}}
        method:
        - {type: action, name: say, provider: {type: process, path: echo, arguments: ["${word}", "${token}"]}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("crater-chaos-").FullName;
    private readonly string _chaos;

    public ChaosTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        _chaos = Path.Combine(_folder, "bin", "chaos");
        File.CreateSymbolicLink(_chaos, CraterProcess.Program);
    }

    [Fact]
    public async Task A_link_of_that_name_is_that_tool_and_the_other_name_is_not()
    {
        Assert.Equal("chaos, version 1.19.0\n", (await RunAsync("--version")).Out);
        Assert.DoesNotContain("chaos, version", (await AnswerAsync([CraterProcess.Program, "--version"])).Out);
        Assert.Equal("chaos, version 1.19.0\n", (await AnswerAsync([CraterProcess.Program, "--version"], ("CRATER_AS", "chaos"))).Out);
    }

    [Fact]
    public async Task A_run_leaves_its_journal_its_log_and_its_run_folder()
    {
        Write("plain.yaml", Plain);
        var answer = await RunAsync("--no-version-check", "run", "--journal-path", "out.json", "--var", "word=hello", "plain.yaml");

        Assert.Equal(0, answer.Code);
        Assert.Equal("", answer.Out);
        Assert.Contains("INFO] Action: say", answer.Error);
        Assert.Contains("INFO] Experiment ended with status: completed", answer.Error);
        var log = File.ReadAllText(At("chaostoolkit.log"));
        Assert.Contains("[run:", log);
        Assert.Contains("'stdout': 'hello *****\\n'", log);
        var journal = JsonNode.Parse(File.ReadAllText(At("out.json")))!;
        Assert.Equal("completed", (string?)journal["status"]);
        Assert.Equal("hello *****\n", (string?)journal["run"]![0]!["output"]!["stdout"]);
        Assert.Single(Directory.EnumerateDirectories(At(".crater/runs")));
        Assert.DoesNotContain("very-secret-token", log + answer.Error + journal.ToJsonString());
    }

    [Fact]
    public async Task Where_the_working_directory_cannot_be_written_the_run_is_kept_with_the_persons_state()
    {
        Write("plain.yaml", Plain);
        File.WriteAllText(At(".crater"), "a file in the way, which stops root as well");
        var answer = await RunAsync("--no-log-file", "run", "plain.yaml");

        Assert.Equal(0, answer.Code);
        Assert.Single(Directory.EnumerateDirectories(At("state/crater/runs")));
    }

    [Theory]
    [InlineData(2, "Error: Missing argument 'SOURCE'.", "run")]
    [InlineData(2, "Error: No such command 'walk'.", "walk")]
    [InlineData(2, "Error: Invalid value for '--var': invalid literal for int() with base 10: 'x'", "run", "--var", "n:int=x", "plain.yaml")]
    [InlineData(1, "CRT1001", "run", "nowhere.json")]
    [InlineData(1, "CRT4015", "run", "--journal-path", "nowhere/journal.json", "plain.yaml")]
    [InlineData(1, "CRT1231", "--change-dir", "nowhere", "run", "plain.yaml")]
    public async Task What_cannot_be_done_has_that_tools_exit_code(int code, string said, params string[] words)
    {
        Write("plain.yaml", Plain);
        var answer = await RunAsync(words);

        Assert.Equal(code, answer.Code);
        Assert.Contains(said, answer.Error);
        Assert.False(File.Exists(At("journal.json")));
    }

    [Fact]
    public async Task A_document_with_problems_is_refused_with_all_of_them()
    {
        Write("bad.yaml", "title: ''\ndescription: d\nmethod:\n- {type: smell, name: a, provider: {type: process, path: echo}}\n");
        var answer = await RunAsync("validate", "bad.yaml");

        Assert.Equal(1, answer.Code);
        Assert.Contains("CRT2002", answer.Error);
        Assert.Contains("CRT2031", answer.Error);
    }

    [Theory]
    [InlineData(Signals.Interrupt, true)]
    [InlineData(Signals.Terminate, true)]
    [InlineData(Signals.UserOne, true)]
    [InlineData(Signals.UserTwo, false)]
    public async Task A_signal_interrupts_a_run_and_only_the_ungraceful_one_leaves_its_rollbacks_out(int signal, bool rollsBack)
    {
        Write("slow.yaml", """
            title: Slow
            description: Waits.
            method:
            - {type: action, name: wait, provider: {type: process, path: sh, arguments: ["-c", "touch begun; sleep 60"]}}
            - {type: action, name: never, provider: {type: process, path: touch, arguments: [never]}}
            rollbacks:
            - {type: action, name: undo, provider: {type: process, path: touch, arguments: [undone]}}
            """);
        using var process = Start(["run", "--rollback-strategy", "always", "slow.yaml"]);
        await Wait.UntilAsync(() => File.Exists(At("begun")), "the method has begun");

        process.Signal(signal);
        var answer = await process.EndAsync();

        Assert.Equal(1, answer.Code);
        Assert.Contains("Experiment ended with status: interrupted", answer.Error);
        Assert.Equal("interrupted", (string?)JsonNode.Parse(File.ReadAllText(At("journal.json")))!["status"]);
        Assert.False(File.Exists(At("never")));
        Assert.Equal(rollsBack, File.Exists(At("undone")));
    }

    [Fact]
    public async Task Settings_are_read_changed_and_taken_away()
    {
        Write("settings.yaml", "auths:\n  example.com:\n    type: bearer\n");

        Assert.Equal("bearer\n", (await RunAsync("--settings", "settings.yaml", "settings", "get", "--format", "string", @"auths.example\.com.type")).Out);
        Assert.Equal(0, (await RunAsync("--settings", "settings.yaml", "settings", "set", @"auths.example\.com.type", "\"basic\"")).Code);
        Assert.Contains("\"type\": \"basic\"", (await RunAsync("--settings", "settings.yaml", "settings", "show", "--format", "json")).Out);
        Assert.Equal(1, (await RunAsync("--settings", "settings.yaml", "settings", "set", "auths.other", "1")).Code);
        Assert.Equal(0, (await RunAsync("--settings", "settings.yaml", "settings", "remove", "auths")).Code);
        Assert.Equal(1, (await RunAsync("--settings", "settings.yaml", "settings", "get", "auths")).Code);
    }

    [Fact]
    public async Task Notices_of_a_run_reach_a_channel_in_order_and_without_secrets()
    {
        using var server = new HttpListener();
        var port = FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        List<string> heard = [];
        var hearing = HearAsync(server, heard, count: 2);
        Write("settings.yaml", $"notifications:\n- {{type: http, url: 'http://127.0.0.1:{port}/'}}\n");
        Write("plain.yaml", Plain);

        Assert.Equal(0, (await RunAsync("--settings", "settings.yaml", "run", "plain.yaml")).Code);
        await hearing;

        Assert.Equal(["run-started", "run-completed"], heard.Select(body => (string?)JsonNode.Parse(body)!["name"]));
        Assert.DoesNotContain("very-secret-token", string.Concat(heard));
    }

    [Fact]
    public async Task The_wizard_takes_piped_answers()
    {
        Write("discovery.json", """{"activities": [{"type": "action", "name": "act", "mod": "a.b", "arguments": [{"name": "n", "type": "integer"}]}]}""");
        var answer = await AnswerAsync(["sh", "-c", $"printf 'Mine\\nn\\ny\\n1\\ny\\n3\\nn\\nn\\n' | {_chaos} init --experiment-path mine.json"]);

        Assert.Equal(0, answer.Code);
        var written = JsonNode.Parse(File.ReadAllText(At("mine.json")))!;
        Assert.Equal("Mine", (string?)written["title"]);
        Assert.Equal("""{"n":3}""", written["method"]![0]!["provider"]!["arguments"]!.ToJsonString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<Answer> RunAsync(params string[] words) => AnswerAsync([_chaos, .. words]);

    private CraterProcess Start(string[] words) => CraterProcess.Start(_folder, Surroundings(), [_chaos, .. words]);

    private async Task<Answer> AnswerAsync(string[] vector, params (string Name, string Value)[] more)
    {
        var environment = Surroundings();
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        using var process = CraterProcess.Start(_folder, environment, vector);
        return await process.EndAsync();
    }

    private Dictionary<string, string> Surroundings() => new() { ["HOME"] = _folder, ["XDG_STATE_HOME"] = At("state") };

    private string At(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text) => File.WriteAllText(At(name), text);

    private static async Task HearAsync(HttpListener server, List<string> heard, int count)
    {
        while (heard.Count < count)
        {
            var context = await server.GetContextAsync();
            using var reader = new StreamReader(context.Request.InputStream);
            heard.Add(await reader.ReadToEndAsync());
            context.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
