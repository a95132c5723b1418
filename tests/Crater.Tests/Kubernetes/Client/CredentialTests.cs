using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class CredentialTests : IDisposable
{
    private const string Answer = """{"apiVersion":"client.authentication.k8s.io/VERSION","kind":"ExecCredential","status":{"token":"TOKEN"}}""";

    private readonly ConfigFolder _folder = new();
    private readonly LeapingClock _clock = new();
    private readonly ConcurrentQueue<string> _shown = new();
    private readonly HashSet<string> _revoked = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("token: abc", "Bearer abc")]
    [InlineData("username: jane, password: \"pass:word\"", "Basic amFuZTpwYXNzOndvcmQ=")]
    public async Task What_stands_in_the_kubeconfig_is_shown(string user, string header)
    {
        await AskAsync(user, 1);
        Assert.Equal([header], _shown);
    }

    [Fact]
    public async Task A_token_file_is_looked_at_again_after_a_minute()
    {
        _folder.Write("token", "one\n");
        await AskAsync("tokenFile: token, token: old", 3, turn =>
        {
            _folder.Write("token", "two\n");
            _clock.Leap(turn == 1 ? TimeSpan.FromSeconds(50) : TimeSpan.FromSeconds(20));
        });
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two"], _shown);
    }

    [Fact]
    public async Task A_token_file_that_is_gone_for_a_moment_leaves_the_last_token()
    {
        _folder.Write("token", "one\n");
        await AskAsync("tokenFile: token", 2, _ =>
        {
            File.Delete(_folder.Path("token"));
            _clock.Leap(TimeSpan.FromMinutes(2));
        });
        Assert.Equal(["Bearer one", "Bearer one"], _shown);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_read_again_at_once()
    {
        _folder.Write("token", "one\n");
        await AskAsync("tokenFile: token", 2, _ =>
        {
            _revoked.Add("Bearer one");
            _folder.Write("token", "two\n");
        });
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two"], _shown);
    }

    [Theory]
    [InlineData("v1", ", interactiveMode: Never")]
    [InlineData("v1beta1", "")]
    public async Task An_exec_plugin_is_told_what_it_may_know_and_its_token_is_shown(string version, string mode)
    {
        _folder.Program("bin/plugin", $"""printf %s "$KUBERNETES_EXEC_INFO" > {_folder.Path("info")}; printf '%s %s' "$1" "$FROM_CONFIG" > {_folder.Path("called")}; echo '{Said(version, "t1")}'""");
        await AskAsync($"exec: {{apiVersion: client.authentication.k8s.io/{version}, command: bin/plugin, args: [--for me], env: [{{name: FROM_CONFIG, value: set}}], provideClusterInfo: true{mode}}}", 1,
            cluster: "tls-server-name: api, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: us}}]");
        Assert.Equal(["Bearer t1"], _shown);
        Assert.Equal("--for me set", await File.ReadAllTextAsync(_folder.Path("called"), Stop));
        var info = JsonNode.Parse(await File.ReadAllTextAsync(_folder.Path("info"), Stop))!;
        Assert.Equal(($"client.authentication.k8s.io/{version}", "ExecCredential", "api", "us"),
            (info.Text("apiVersion"), info.Text("kind"), info.Text("spec", "cluster", "tls-server-name"), info.Text("spec", "cluster", "config", "audience")));
    }

    [Fact]
    public async Task An_exec_plugin_runs_again_when_its_credential_runs_out_and_not_before()
    {
        var ends = TimeProvider.System.GetUtcNow().AddMinutes(10);
        _folder.Program("plugin", $$$$"""echo x >> {{{{_folder.Path("runs")}}}}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$(wc -l < {{{{_folder.Path("runs")}}}})'","expirationTimestamp":"{{{{ends:yyyy-MM-ddTHH:mm:ssZ}}}}"}}'""");
        await AskAsync(Exec("./plugin"), 3, turn => _clock.Leap(turn == 1 ? TimeSpan.FromMinutes(5) : TimeSpan.FromMinutes(6)));
        Assert.Equal(["Bearer t1", "Bearer t1", "Bearer t2"], _shown);
    }

    [Fact]
    public async Task An_exec_plugin_runs_again_when_its_credential_is_refused()
    {
        _folder.Program("plugin", $$$$"""echo x >> {{{{_folder.Path("runs")}}}}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$(wc -l < {{{{_folder.Path("runs")}}}})'"}}'""");
        await AskAsync(Exec("./plugin"), 2, _ => _revoked.Add("Bearer t1"));
        Assert.Equal(["Bearer t1", "Bearer t1", "Bearer t2"], _shown);
    }

    [Theory]
    [InlineData("echo secret-canary; exit 3", "CRT5009", "exit code 3")]
    [InlineData("echo secret-canary", "CRT5009", "no JSON")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"secret-canary\"}}'", "CRT5009", "another kind or version")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "CRT5009", "neither a token nor")]
    public async Task An_exec_plugin_that_fails_is_named_and_its_answer_is_not(string script, string code, string how)
    {
        _folder.Program("plugin", script);
        var error = await Assert.ThrowsAsync<CraterException>(() => AskAsync(Exec("./plugin"), 1));
        Assert.Equal(code, error.Code);
        Assert.Contains(how, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-canary", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exec_plugin_that_is_not_there_is_told_with_the_hint_of_the_kubeconfig()
    {
        var error = await Assert.ThrowsAsync<CraterException>(() =>
            AskAsync(Exec("crater-no-such-plugin", ", installHint: \"get it from the platform team\""), 1));
        Assert.Equal("CRT5008", error.Code);
        Assert.Contains("get it from the platform team", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exec_plugin_that_must_ask_somebody_needs_a_terminal()
    {
        var plugin = new ExecPlugin { Context = "test", Command = "/bin/true", ApiVersion = "client.authentication.k8s.io/v1", InteractiveMode = "Always", HasTerminal = () => false };
        Assert.Equal("CRT5010", (await Assert.ThrowsAsync<CraterException>(() => plugin.RunAsync(_clock, Stop))).Code);
    }

    [Fact]
    public async Task Whom_a_user_acts_as_is_said_with_every_request()
    {
        var headers = new ConcurrentDictionary<string, string>();
        await using var front = await FakeFront.StartAsync(context =>
        {
            foreach (var (name, value) in context.Request.Headers.Where(header => header.Key.StartsWith("Impersonate", StringComparison.OrdinalIgnoreCase)))
            {
                headers[name] = string.Join(" | ", value.ToArray()!);
            }

            return OkAsync(context);
        });
        using var http = _folder.Access(front.Address, "token: abc, as: jane, as-uid: u1, as-groups: [a, b], as-user-extra: {\"team/x\": [y]}").Open();
        await new KubernetesClient(http, "test", _clock).RawAsync("version", Stop);
        Assert.Equal(["Impersonate-Extra-team%2Fx=y", "Impersonate-Group=a, b", "Impersonate-Uid=u1", "Impersonate-User=jane"],
            headers.Select(header => $"{header.Key}={header.Value.Replace(" | ", ", ", StringComparison.Ordinal)}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("username: jane, password: secret-canary, token: secret-canary")]
    [InlineData("token: secret-canary, as-groups: [admins]")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1, command: x}")]
    [InlineData("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x, interactiveMode: Never}")]
    public void What_contradicts_itself_is_an_error_that_keeps_secrets(string user)
    {
        var error = Assert.Throws<CraterException>(() => _folder.Access(new Uri("http://127.0.0.1:1/"), user));
        Assert.Equal("CRT5007", error.Code);
        Assert.DoesNotContain("secret-canary", error.ToString(), StringComparison.Ordinal);
    }

    private static string Exec(string command, string more = "") => $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {command}, interactiveMode: Never{more}}}";

    private static string Said(string version, string token) => Answer.Replace("VERSION", version, StringComparison.Ordinal).Replace("TOKEN", token, StringComparison.Ordinal);

    private static async Task<bool> OkAsync(HttpContext context)
    {
        await context.Response.WriteAsJsonAsync(new { gitVersion = "v1.32.0" }, Stop);
        return true;
    }

    /// <summary>Asks so often, and does something after each time but the last.</summary>
    private async Task AskAsync(string user, int times, Action<int>? between = null, string cluster = "")
    {
        await using var front = await FakeFront.StartAsync(context =>
        {
            var shown = context.Request.Headers.Authorization.ToString();
            _shown.Enqueue(shown);
            return _revoked.Contains(shown) ? FakeFront.StatusAsync(context, 401, "Unauthorized", "no") : OkAsync(context);
        });
        using var http = _folder.Access(front.Address, user, _clock, cluster).Open();
        var client = new KubernetesClient(http, "test", _clock);
        for (var turn = 1; turn <= times; turn++)
        {
            await client.RawAsync("version", Stop);
            if (turn < times)
            {
                between?.Invoke(turn);
            }
        }
    }
}
