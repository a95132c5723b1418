using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

public sealed class NetworkBlockTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("8mbit", 8e6)]
    [InlineData("800kbit", 8e5)]
    public async Task A_bulk_transfer_gets_no_more_than_the_rate_and_nearly_all_of_it(string rate, double bitsPerSecond)
    {
        var bytes = (int)(bitsPerSecond / 8 * 2.5);
        var held = await lab.InjectAsync("network-bandwidth", "web", ("rate", rate), ("direction", "out"));
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(bytes, (await lab.Http.GetByteArrayAsync(lab.Url("web", $"/bulk?n={bytes}"), Stop)).Length);
        var got = bytes * 8 / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        await lab.RecoverAsync(held);
        TestContext.Current.SendDiagnosticMessage($"asked {bitsPerSecond} bit/s, got {got:0}");

        // Quiet machines come within a few percent; a busy one may be slower than the line.
        Assert.InRange(got, bitsPerSecond * 0.6, bitsPerSecond * 1.1);
    }

    [Fact]
    public async Task Connections_of_one_pod_share_its_rate()
    {
        const int Bytes = 500_000;
        var held = await lab.InjectAsync("network-bandwidth", "web", ("rate", "8mbit"), ("direction", "in"));
        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var answer = await lab.Http.PostAsync(lab.Url("web", "/echo"), new ByteArrayContent(new byte[Bytes]), Stop);
            Assert.StartsWith($"{Bytes} ", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }));
        Assert.InRange(4 * Bytes * 8 / TimeProvider.System.GetElapsedTime(began).TotalSeconds, 8e6 * 0.6, 8e6 * 1.1);
        await lab.RecoverAsync(held);
    }

    [Fact]
    public async Task A_delay_and_a_rate_compose_without_slowing_each_other()
    {
        const int Bytes = 2_000_000;
        var rate = await lab.InjectAsync("network-bandwidth", "web", ("rate", "8mbit"), ("direction", "out"));
        var delay = await lab.InjectAsync("network-delay", "web", ("delay", "200ms"), ("direction", "out"));
        var began = TimeProvider.System.GetTimestamp();
        await lab.Http.GetByteArrayAsync(lab.Url("web", $"/bulk?n={Bytes}"), Stop);
        var took = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        await lab.RecoverAsync(rate);
        await lab.RecoverAsync(delay);

        // 2 s at the rate, and the delay once for the answer and once for the opening.
        Assert.InRange(took, 2.2, 4);
    }

    [Fact]
    public async Task Callers_that_give_up_in_front_of_a_partition_leave_the_others_alone()
    {
        var held = await lab.InjectAsync("network-partition", "web", ("direction", "in"));
        var callers = Enumerable.Range(0, 200).Select(_ => new TcpClient()).ToArray();
        foreach (var caller in callers)
        {
            await caller.ConnectAsync(IPEndPoint.Parse(lab.Address("web")), Stop);
        }

        Array.ForEach(callers, caller => caller.Close());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        for (var call = 0; call < 20; call++)
        {
            Assert.Equal(HttpStatusCode.OK, (await lab.Http.GetAsync(lab.Url("near", "/ready"), patience.Token)).StatusCode);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }

        await lab.RecoverAsync(held);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("out")]
    [InlineData("both")]
    public async Task A_partition_holds_open_and_new_connections_and_all_flows_at_once_after_recovery(string direction)
    {
        using var open = new TcpClient { NoDelay = true };
        await open.ConnectAsync(IPEndPoint.Parse(lab.Address("web")), Stop);
        var held = await lab.InjectAsync("network-partition", "web", ("direction", direction));
        var stream = open.GetStream();
        await stream.WriteAsync("GET /held HTTP/1.1\r\nHost: web\r\n\r\n"u8.ToArray(), Stop);
        var buffer = new byte[4096];
        var answering = stream.ReadAtLeastAsync(buffer, 1, cancellationToken: Stop).AsTask();
        var fresh = lab.Http.GetStringAsync(lab.Url("web", "/"), Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, Stop);
        Assert.False(answering.IsCompleted);
        Assert.False(fresh.IsCompleted);

        var began = TimeProvider.System.GetTimestamp();
        await lab.RecoverAsync(held);
        Assert.True(await answering > 0);
        Assert.Equal("xx", await fresh);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task A_partition_from_one_peer_leaves_the_others_alone()
    {
        var held = await lab.InjectAsync("network-partition", "web", ("peers", "app in (near)"));
        var cut = lab.CallAsync("near", "web");
        Assert.Equal("200", (await lab.CallAsync("far", "web")).Outcome);
        Assert.False(cut.IsCompleted);
        await lab.RecoverAsync(held);
        Assert.Equal("200", (await cut).Outcome);
    }

    [Fact]
    public async Task Nothing_that_another_fault_answers_passes_a_partition()
    {
        var partition = await lab.InjectAsync("network-partition", "web");
        var status = await lab.InjectAsync("http-status", "web", ("status", "418"));
        var asking = lab.Http.GetAsync(lab.Url("web", "/"), Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
        Assert.False(asking.IsCompleted);
        await lab.RecoverAsync(partition);
        Assert.Equal(418, (int)(await asking).StatusCode);
        await lab.RecoverAsync(status);
    }
}
