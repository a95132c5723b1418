using System.Net.Sockets;
using System.Text;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class PodStreamTests
{
    private const string V4 = "v4.channel.k8s.io";
    private const string V5 = "v5.channel.k8s.io";
    private const string Exit7 = """{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_gets_its_input_to_the_end_and_its_streams_come_apart()
    {
        await using var front = await FakePod.StartAsync([V5, V4], async pod =>
        {
            var input = new StringBuilder();
            while (await pod.HearAsync() is [0, .. var piece])
            {
                input.Append(Encoding.UTF8.GetString(piece));
            }

            await pod.SayAsync(1, $"heard {input} by {pod.Socket.SubProtocol}");
            await pod.SayAsync(2, "and complained");
            await pod.SayAsync(3, Exit7);
            await pod.EndAsync();
        });
        var (end, output, errors) = await ExecAsync(front, "all of it");
        Assert.Equal((7, $"heard all of it by {V5}", "and complained"), (end.ExitCode, output, errors));
    }

    [Fact]
    public async Task An_older_server_is_spoken_to_in_its_own_protocol()
    {
        await using var front = await FakePod.StartAsync([V4], async pod =>
        {
            await pod.SayAsync(1, pod.Socket.SubProtocol!);
            await pod.SayAsync(3, """{"status":"Success"}""");
            await pod.EndAsync();
        });
        var (end, output, _) = await ExecAsync(front, null);
        Assert.Equal((0, V4), (end.ExitCode, output));
    }

    [Theory]
    [InlineData(null, "CRT5104")]
    [InlineData("""{"status":"Fai""", "CRT5104")]
    [InlineData("""{"status":"Failure","reason":"InternalError","message":"exec: \"nope\": executable file not found"}""", "CRT5214")]
    public async Task A_connection_that_ends_before_the_program_is_no_end_of_it(string? status, string code)
    {
        await using var front = await FakePod.StartAsync([V5], async pod =>
        {
            if (status is not null)
            {
                await pod.SayAsync(3, status);
            }

            await pod.EndAsync();
        });
        Assert.Equal(code, (await Assert.ThrowsAsync<KubernetesException>(() => ExecAsync(front, null))).Code);
    }

    [Fact]
    public async Task Who_may_not_run_programs_is_told_how_to_be_allowed()
    {
        await using var front = await FakeFront.StartAsync(context => FakeFront.StatusAsync(context, 403, "Forbidden", "no"));
        var error = await Assert.ThrowsAsync<KubernetesException>(() => ExecAsync(front, null));
        Assert.Equal("CRT5202", error.Code);
        Assert.Contains("--verb=get --resource=pods/exec --namespace=shop", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_of_a_pod_answers_on_loopback()
    {
        await using var front = await FakePod.StartAsync([V4], async pod =>
        {
            await pod.SayAsync(0, [0x90, 0x1f]);
            await pod.SayAsync(1, [0x90, 0x1f]);
            while (await pod.HearAsync() is [0, .. var piece])
            {
                await pod.SayAsync(0, $"echo {Encoding.UTF8.GetString(piece)}");
            }
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var forward = PortForward.Open(Client(http), "shop", "carts-1", 8080);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(forward.Local, Stop);
        foreach (var word in (string[])["one", "two"])
        {
            await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(word), Stop);
            var answer = new byte[8];
            await tcp.GetStream().ReadExactlyAsync(answer, Stop);
            Assert.Equal($"echo {word}", Encoding.UTF8.GetString(answer));
        }
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_says_so()
    {
        await using var front = await FakePod.StartAsync([V4], async pod =>
        {
            await pod.SayAsync(0, [0x90, 0x1f]);
            await pod.SayAsync(1, [0x90, 0x1f, .. "connection refused"u8]);
            await pod.HearAsync();
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var stream = await Client(http).ConnectToPodAsync("shop", "carts-1", 8080, Stop);
        var error = await Assert.ThrowsAsync<KubernetesException>(() => stream.ReadAsync(new byte[1], 0, 1, Stop));
        Assert.Equal("CRT5214", error.Code);
        Assert.Contains("connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_what_any_broken_connection_is()
    {
        await using var front = await FakePod.StartAsync([V4], async pod =>
        {
            await pod.HearAsync();
            pod.Socket.Abort();
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        await using var stream = await Client(http).ConnectToPodAsync("shop", "carts-1", 8080, Stop);

        await stream.WriteAsync("GET /"u8.ToArray(), Stop);

        // So that an HTTP client on top of it takes it for what it is, and opens another one.
        var error = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1], 0, 1, Stop));

        Assert.Contains("through the API server broke", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_followed_line_by_line()
    {
        var asked = "";
        await using var front = await FakeFront.StartAsync(async context =>
        {
            asked = context.Request.Path + context.Request.QueryString.Value;
            await context.Response.WriteAsync("one\ntwo\n", Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        List<string> lines = [];
        await foreach (var line in Client(http).LogAsync("shop", "carts-1", new LogQuery { Container = "main", Follow = true, TailLines = 5, Since = TimeSpan.FromMinutes(2) }, Stop))
        {
            lines.Add(line);
        }

        Assert.Equal(["one", "two"], lines);
        Assert.Equal("/api/v1/namespaces/shop/pods/carts-1/log?container=main&follow=true&tailLines=5&sinceSeconds=120", asked);
    }

    private static async Task<(ExecEnd End, string Output, string Errors)> ExecAsync(FakeFront front, string? input)
    {
        using var http = new HttpClient { BaseAddress = front.Address };
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var streams = new ExecStreams(input is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(input)), output, errors);
        var end = await Client(http).ExecAsync("shop", "carts-1", new ExecRequest { Command = ["cat", "a b"] }, streams, Stop);
        return (end, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }

    private static KubernetesClient Client(HttpClient http) => new(http, "fake", TimeProvider.System);
}
