using System.Text.RegularExpressions;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The faults of HTTP requests between programs that others wrote: nginx, nghttpd and nghttpx as servers, h2load, nghttp and curl as clients.</summary>
public sealed partial class Http2ProgramTests : IDisposable
{
    private const string Uid = "http2-program";
    private const int Nginx = 8_080;
    private const int Nghttpd = 8_081;
    private const int Nghttpx = 8_082;

    private readonly Playground _playground = new();
    private int _round;
    private ProcessIdentity _place;

    public void Dispose() => _playground.Dispose();

    [Theory]
    [InlineData(Nginx)]
    [InlineData(Nghttpd)]
    public async Task Ten_thousand_requests_that_are_not_hit_are_all_answered(int port)
    {
        await StartAsync(port);
        await InjectAsync(port, "http-status", "--path", "/never");

        Assert.Equal((10_000, 0), await LoadAsync("-n", "10000", "-c", "10", "-m", "20", $"http://127.0.0.1:{port}/small"));
        Assert.Equal((200, 0), await LoadAsync("-n", "200", "-c", "4", "-m", "20", $"http://127.0.0.1:{port}/large"));
        await RecoverAsync();
    }

    [Theory]
    [InlineData(Nginx, "-m", "20")]
    [InlineData(Nghttpd, "-m", "20")]
    [InlineData(Nginx, "-m", "20", "-w", "10", "-W", "10")]             // windows smaller than the frames of the server
    [InlineData(Nginx, "-m", "50", "--header-table-size", "0")]         // no table at the client
    [InlineData(Nghttpd, "-m", "50", "--header-table-size", "100", "--encoder-header-table-size", "65536")]
    public async Task A_third_of_the_requests_on_each_connection_is_hit_and_the_others_are_answered(int port, params string[] options)
    {
        await StartAsync(port);
        var list = Path.Combine(_playground.Folder, "list");
        await File.WriteAllLinesAsync(list, new[] { "hit", "small", "large" }.Select(name => $"http://127.0.0.1:{port}/{name}"), TestContext.Current.CancellationToken);
        string[] load = ["-n", "300", "-c", "1", .. options, "-i", list];

        await InjectAsync(port, "http-status", "--path", "/hit", "--body", new string('x', 3_000));
        Assert.Equal((200, 100), await LoadAsync(load));
        await RecoverAsync();
        await InjectAsync(port, "http-abort", "--path", "/hit");
        Assert.Equal((200, 100), await LoadAsync(load));
        await RecoverAsync();
        await InjectAsync(port, "http-body", "--path", "/hit", "--body", new string('x', 3_000));
        Assert.Equal((300, 0), await LoadAsync(load));
        await RecoverAsync();
        await InjectAsync(port, "http-delay", "--path", "/hit", "--delay", "100ms", "--jitter", "50ms");
        Assert.Equal((300, 0), await LoadAsync(load));
        await RecoverAsync();
    }

    [Theory]
    [InlineData(Nginx, "curl", "-sS", "--http2-prior-knowledge")]
    [InlineData(Nghttpd, "curl", "-sS", "--http2-prior-knowledge")]
    [InlineData(Nghttpd, "nghttp")]
    [InlineData(Nghttpx, "curl", "-sS", "--http2")]                     // a request of HTTP/1.1 that changes to HTTP/2
    [InlineData(Nghttpx, "nghttp", "-u")]
    public async Task A_client_gets_another_body_however_it_comes_to_http2(int port, params string[] client)
    {
        await StartAsync(port);
        await InjectAsync(port, "http-body", "--path", "/sm*", "--body", "another");

        Assert.Equal("another", (await InsideAsync([.. client, $"http://127.0.0.1:{port}/small"])).Out);

        // curl has room for 32 KiB behind the answer that changes the protocol, with or without a proxy, and gives up beyond it.
        var (name, length) = client.Contains("--http2") ? ("hit", 3) : ("large", 100_000);
        Assert.Equal(length, (await InsideAsync([.. client, $"http://127.0.0.1:{port}/{name}"])).Out.Length);
        await RecoverAsync();
        Assert.Equal("small", (await InsideAsync([.. client, $"http://127.0.0.1:{port}/small"])).Out);
    }

    [GeneratedRegex(@"requests: \d+ total, \d+ started, (?<done>\d+) done, (?<succeeded>\d+) succeeded, (?<failed>\d+) failed")]
    private static partial Regex Result();

    private async Task<(int Succeeded, int Failed)> LoadAsync(params string[] arguments)
    {
        var answer = await InsideAsync(["h2load", .. arguments]);
        var result = Result().Match(answer.Out);
        Assert.True(result.Success, answer.ToString());
        return (int.Parse(result.Groups["succeeded"].Value, System.Globalization.CultureInfo.InvariantCulture), int.Parse(result.Groups["failed"].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<Answer> InsideAsync(params string[] vector)
    {
        Require(vector[0], vector[0] == "curl" ? "curl" : "nghttp2-client");
        using var process = CraterProcess.Start(_playground.Folder, new Dictionary<string, string>(), ["/usr/bin/nsenter", $"--net=/proc/{_place.Pid}/ns/net", "--", .. vector]);
        return await process.EndAsync();
    }

    private async Task StartAsync(int port)
    {
        _place = await _playground.StartNetworkAsync();
        var folder = _playground.Field;
        await File.WriteAllTextAsync(Path.Combine(folder, "small"), "small", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "hit"), "hit", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "large"), new string('x', 100_000), TestContext.Current.CancellationToken);
        if (port == Nginx)
        {
            Require("nginx", "nginx-light");
            var temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {folder}/{kind}; "));
            await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"),
                $"user root; daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off; {temporary} keepalive_requests 100000; "
                + $"server {{ listen {port} http2; root {folder}; }} }}", TestContext.Current.CancellationToken);
            StartInside("/usr/sbin/nginx", "-c", Path.Combine(folder, "nginx.conf"), "-e", $"{folder}/errors");
        }
        else
        {
            Require("nghttpd", "nghttp2-server");
            StartInside("/usr/sbin/nghttpd", "--no-tls", "-d", folder, $"{Nghttpd}");
        }

        if (port == Nghttpx)
        {
            Require("nghttpx", "nghttp2-proxy");
            StartInside("/usr/sbin/nghttpx", $"-f127.0.0.1,{port};no-tls", $"-b127.0.0.1,{Nghttpd};;proto=h2", $"--errorlog-file={folder}/nghttpx", "--workers=1", "--single-process");
        }

        await Wait.UntilAsync(() => NetworkNamespace.Inside($"/proc/{_place.Pid}/ns/net", () => Ports.SocketsIn(Ports.OfThread, "tcp", port).Count > 0), "the server listens");
    }

    private void StartInside(params string[] vector) => _playground.StartVictim(["/usr/bin/nsenter", $"--net=/proc/{_place.Pid}/ns/net", .. vector]);

    private static void Require(string program, string package) => Assert.SkipUnless(new[] { "/usr/bin", "/usr/sbin" }.Any(folder => File.Exists(Path.Combine(folder, program))),
        $"{program} is missing (Debian package {package})");

    private Task<Answer> InjectAsync(int port, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--pid", $"{_place.Pid}", "--port", $"{port}", "--uid", $"{Uid}-{++_round}", "-t", "120s", .. arguments]);

    private Task<Answer> RecoverAsync() => _playground.DoneAsync("recover", $"{Uid}-{_round}");
}
