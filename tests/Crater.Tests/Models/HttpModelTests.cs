using System.Net;
using System.Net.Sockets;
using System.Text;
using Crater.Diagnostics;
using Crater.Models;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

public sealed class HttpModelTests
{
    private const string Busy = """{"error":{"message":"slow down"}}""";

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "0", null)]
    [InlineData(500, null, 1)]
    [InlineData(529, null, 1)]
    public async Task What_may_pass_is_tried_again_after_the_pause_that_is_asked_for(int status, string? after, int? seconds)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(status, Busy, after), Say.Text("well"));
        var clock = new SkippingClock();

        var answer = await Asking.AskAsync(Asking.Model(script, clock: clock));

        Assert.Equal(("well", 2), (answer.Text, answer.Tries));
        Assert.Equal(seconds is { } pause ? [TimeSpan.FromSeconds(pause)] : [], clock.Pauses);
    }

    [Fact]
    public async Task A_date_is_a_pause_too()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(429, Busy, TimeProvider.System.GetUtcNow().AddSeconds(20).ToString("R")), Say.Text("well"));
        var clock = new SkippingClock();

        await Asking.AskAsync(Asking.Model(script, clock: clock));

        Assert.InRange(Assert.Single(clock.Pauses).TotalSeconds, 1, 20);
    }

    [Fact]
    public async Task Each_pause_is_longer_and_after_four_tries_it_is_over()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(500), Say.Status(500), Say.Status(500), Say.Status(500), Say.Text("too late"));
        var clock = new SkippingClock();

        Assert.Equal("CRT7309", await Asking.CodeOfAsync(Asking.Model(script, clock: clock)));
        Assert.Equal([1.0, 2.0, 4.0], clock.Pauses.Select(pause => pause.TotalSeconds));
        Assert.Equal(1, script.TurnsLeft);
    }

    [Fact]
    public async Task Who_asks_for_a_long_pause_is_not_waited_for()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(429, Busy, "3600"), Say.Text("too late"));

        Assert.Equal("CRT7309", await Asking.CodeOfAsync(Asking.Model(script)));
        Assert.Equal(1, script.TurnsLeft);
    }

    [Theory]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided"}}""", "CRT7306")]
    [InlineData(403, "{}", "CRT7306")]
    [InlineData(404, """{"error":{"message":"The model does not exist","code":"model_not_found"}}""", "CRT7307")]
    [InlineData(400, """{"error":{"message":"invalid model ID"}}""", "CRT7307")]
    [InlineData(400, """{"error":{"message":"context too long"}}""", "CRT7308")]
    [InlineData(302, "", "CRT7310")]
    [InlineData(400, """[{"error":{"message":"model not found"}}]""", "CRT7307")]
    public async Task What_will_not_pass_is_tried_once(int status, string body, string code)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(status, body), Say.Text("never asked"));

        Assert.Equal(code, await Asking.CodeOfAsync(Asking.Model(script)));
        Assert.Equal(1, script.TurnsLeft);
    }

    [Fact]
    public async Task A_page_of_HTML_is_no_model()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Html);

        var error = await Assert.ThrowsAsync<CraterException>(() => Asking.AskAsync(Asking.Model(script)));

        Assert.Equal("CRT7310", error.Code);
        Assert.Contains("it is HTML, and no JSON", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_megabytes_are_not_read_to_their_end()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Big(10_000_000));

        Assert.Equal("CRT7311", await Asking.CodeOfAsync(Asking.Model(script)));
    }

    [Fact]
    public async Task A_stream_without_an_end_is_left()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Endless);

        Assert.Equal("CRT7311", await Asking.CodeOfAsync(Asking.Model(script), Asking.Question with { Stream = true }));
    }

    [Fact]
    public async Task An_answer_that_stalls_is_left_when_its_time_is_over()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Stalls);

        Assert.Equal("CRT7312", await Asking.CodeOfAsync(Asking.Model(script, change: provider => provider with { Timeout = TimeSpan.FromMilliseconds(300) })));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Drops, Say.Text("well"));

        Assert.Equal("well", (await Asking.AskAsync(Asking.Model(script, clock: new SkippingClock()))).Text);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_so()
    {
        await using var script = await ScriptedModelServer.StartAsync();
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        Assert.Equal("CRT7305", await Asking.CodeOfAsync(Asking.Model(script, clock: new SkippingClock(), change: provider => provider with { Endpoint = new Uri($"http://127.0.0.1:{port}/v1/") })));
    }

    [Fact]
    public async Task Who_does_not_say_what_was_used_is_counted_too_high_rather_than_not()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Reply(new Reply { Text = "a short answer", HasUsage = false }));

        var usage = (await Asking.AskAsync(Asking.Model(script))).Usage;

        Assert.True(usage is { IsEstimate: true, Input: >= 8, Output: >= 4 }, $"{usage}");
    }

    [Theory]
    [InlineData(Protocol.OpenAi)]
    [InlineData(Protocol.Anthropic)]
    public async Task A_stream_brings_what_the_whole_answer_would(Protocol protocol)
    {
        var reply = new Reply { Text = "It says \"naïve\" — 北京 — and ends.", Calls = [("call-1", "pick", """{"colour":"red","size":12}"""), ("call-2", "pick", """{"colour":"green","size":3}""")], Finish = "tool_calls" };
        await using var script = await ScriptedModelServer.StartAsync(Say.Reply(reply), Say.Reply(reply));

        var whole = await Asking.AskAsync(Asking.Model(script, protocol));
        var streamed = await Asking.AskAsync(Asking.Model(script, protocol), Asking.Question with { Stream = true });

        Assert.Equal((reply.Text, Finish.ToolCalls, new Usage(100, 20), "script-1"), (streamed.Text, streamed.Finish, streamed.Usage, streamed.Model));
        Assert.Equal(whole.ToolCalls, streamed.ToolCalls);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"half an"}}]}""")]
    [InlineData("this is no JSON")]
    [InlineData("""{"error":{"message":"overloaded"}}""")]
    public async Task Half_a_stream_is_no_answer(string said)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Events(said));

        Assert.Equal("CRT7310", await Asking.CodeOfAsync(Asking.Model(script), Asking.Question with { Stream = true }));
    }

    [Theory]
    [InlineData(Protocol.OpenAi, "Authorization", "Authorization", "Bearer a-key-for-the-script")]
    [InlineData(Protocol.OpenAi, "api-key", "api-key", "a-key-for-the-script")]
    [InlineData(Protocol.Anthropic, "x-api-key", "x-api-key", "a-key-for-the-script")]
    public async Task The_key_goes_into_the_header_that_the_endpoint_wants(Protocol protocol, string header, string name, string value)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("well"));

        await Asking.AskAsync(Asking.Model(script, protocol, change: provider => provider with { KeyHeader = header }));

        Assert.Equal(value, script.Headers.Single()[name].ToString());
        Assert.DoesNotContain("a-key-for-the-script", script.Provider().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_a_message_does_not_leave_whoever_wrote_it()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("well"));
        using var model = Asking.Model(script);

        await model.AskAsync(new ModelRequest { Messages = [new Message(Role.User, "The log says password=hunter2-canary and AKIAIOSFODNN7EXAMPLE.")] }, TestContext.Current.CancellationToken);

        var sent = Encoding.UTF8.GetString(script.Bytes.Single());
        Assert.DoesNotContain("hunter2-canary", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIAIOSFODNN7EXAMPLE", sent, StringComparison.Ordinal);
        Assert.Equal(2, model.Redactions);
    }

    [Fact]
    public async Task An_endpoint_that_repeats_the_key_it_refuses_is_not_quoted()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(401, """{"error":{"message":"Incorrect API key provided: sk-proj-abcdefghijklmnop1234\u001b[31m"}}"""));

        var error = await Assert.ThrowsAsync<CraterException>(() => Asking.AskAsync(Asking.Model(script)));

        Assert.DoesNotContain("abcdefghijklmnop", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }
}
