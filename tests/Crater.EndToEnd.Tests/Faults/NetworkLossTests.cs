using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

public sealed class NetworkLossTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private const int Connections = 400;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_asked_share_of_new_connections_stalls_and_recovery_lets_them_through()
    {
        const double Share = 0.3;
        const int Lanes = 40;
        var held = await lab.InjectAsync("network-loss", "web", ("loss", "0.3"), ("direction", "in"));

        // A lost attempt waits for a second. A lost request waits for 200 ms, 400 ms and so on: 3 in 100 come so late by that alone.
        var lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => StallsAsync(Connections / Lanes)));
        await lab.RecoverAsync(held);
        var share = lanes.Sum() / (double)Connections;
        TestContext.Current.SendDiagnosticMessage($"{share:P1} of {Connections} connections stalled or were reset, asked {Share:P0}");
        Assert.InRange(share, Share - Bound(Share), Share + Bound(Share) + 0.05);
        Assert.False((await AskAsync()).Failed);
    }

    [Fact]
    public async Task With_everything_lost_nothing_arrives_until_recovery()
    {
        var held = await lab.InjectAsync("network-loss", "web", ("loss", "1"));
        var asking = AskAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
        Assert.False(asking.IsCompleted);
        await lab.RecoverAsync(held);
        Assert.False((await asking).Failed);
    }

    [Fact]
    public async Task Requests_on_an_open_connection_come_late_in_the_asked_share()
    {
        const int Requests = 300;
        const double Share = 0.1;
        var held = await lab.InjectAsync("network-loss", "web", ("loss", "0.1"), ("direction", "out"));
        var lanes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RepeatAsync(Requests / 20)));
        await lab.RecoverAsync(held);
        var late = lanes.Sum();
        TestContext.Current.SendDiagnosticMessage($"{late} of {Requests} late");
        Assert.InRange(late / (double)Requests, Share - Bound(Share, Requests), Share + Bound(Share, Requests) + 0.02);
    }

    /// <summary>Four standard deviations of a binomial share: one false alarm in 15,000.</summary>
    private static double Bound(double share, int tries = Connections) => 4 * Math.Sqrt(share * (1 - share) / tries);

    private async Task<(double Seconds, bool Failed)> AskAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(System.Net.IPEndPoint.Parse(lab.Address("web")), Stop);
            await ExchangeAsync(client.GetStream());
            return (TimeProvider.System.GetElapsedTime(began).TotalSeconds, false);
        }
        catch (IOException)
        {
            return (TimeProvider.System.GetElapsedTime(began).TotalSeconds, true);
        }
    }

    private async Task<int> StallsAsync(int count)
    {
        var stalls = 0;
        for (var i = 0; i < count; i++)
        {
            try
            {
                var (seconds, failed) = await AskAsync().WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, Stop);
                stalls += failed || seconds >= 1 ? 1 : 0;
            }
            catch (TimeoutException)
            {
                stalls++;
            }
        }

        return stalls;
    }

    private async Task<int> RepeatAsync(int count)
    {
        var late = 0;
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(System.Net.IPEndPoint.Parse(lab.Address("web")), Stop);
        await ExchangeAsync(client.GetStream());
        for (var i = 0; i < count; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await ExchangeAsync(client.GetStream());
            late += TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(200) ? 1 : 0;
        }

        return late;
    }

    private static async Task ExchangeAsync(NetworkStream stream)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n"u8.ToArray(), Stop);
        var answer = new StringBuilder();
        var buffer = new byte[1024];
        while (!answer.ToString().EndsWith("\r\n\r\nxx", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, Stop);
            answer.Append(count > 0 ? Encoding.ASCII.GetString(buffer, 0, count) : throw new EndOfStreamException());
        }
    }
}
