using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

/// <summary>Times have a strict lower bound and an upper one for the shortest of several calls: a busy machine makes everything slower, and nothing faster.</summary>
public sealed class NetworkDelayTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private const double Generous = 400;

    [Theory]
    [InlineData("in", 1, 2)]
    [InlineData("out", 1, 2)]
    [InlineData("both", 2, 4)]
    public async Task Each_way_takes_the_delay_longer_on_open_connections_and_on_new_ones(string direction, int waysOpen, int waysNew)
    {
        const double Delay = 120;
        var keep = $"open-{direction}";
        await lab.CallAsync("near", "web", keep: keep);
        var held = await lab.InjectAsync("network-delay", "web", ("delay", "120ms"), ("direction", direction));
        var open = await lab.TakesAsync(Delay * waysOpen, (Delay * waysOpen) + Generous, "near", "web", keep: keep);

        // A new connection opens with a round trip, which takes the delay of every way that is hit, and then asks.
        var fresh = await lab.TakesAsync(Delay * waysNew, (Delay * waysNew) + Generous, "near", "web");
        await lab.RecoverAsync(held);
        var after = await lab.TakesAsync(0, Delay * waysOpen, "near", "web", keep: keep);
        TestContext.Current.SendDiagnosticMessage($"{direction}: open {open:0.0} ms, new {fresh:0.0} ms, after {after:0.0} ms");
    }

    [Fact]
    public async Task Jitter_spreads_the_delay_to_both_sides()
    {
        await lab.CallAsync("near", "web", keep: "jitter");
        var held = await lab.InjectAsync("network-delay", "web", ("delay", "60ms"), ("jitter", "50ms"), ("direction", "in"));
        List<double> times = [];
        for (var i = 0; i < 30; i++)
        {
            times.Add((await lab.CallAsync("near", "web", keep: "jitter")).Milliseconds);
        }

        await lab.RecoverAsync(held);
        Assert.All(times, time => Assert.InRange(time, 10, 110 + Generous));

        // Of 30 even draws from 10 to 110 ms all above 50 ms: one in five million.
        Assert.Contains(times, time => time < 50);
        Assert.Contains(times, time => time > 70);
    }

    [Fact]
    public async Task Only_the_selected_peer_is_slowed()
    {
        var held = await lab.InjectAsync("network-delay", "web", ("delay", "1s"), ("peers", "app=near"), ("direction", "in"));
        Assert.InRange((await lab.CallAsync("near", "web")).Milliseconds, 2000, double.MaxValue);
        await lab.TakesAsync(0, 900, "far", "web");
        await FaultLab.TakesAsync(0, 900, async () =>
        {
            var outside = TimeProvider.System.GetTimestamp();
            await lab.Http.GetStringAsync(lab.Url("web", "/"), TestContext.Current.CancellationToken);
            return TimeProvider.System.GetElapsedTime(outside).TotalMilliseconds;
        });
        await lab.RecoverAsync(held);
        await lab.TakesAsync(0, 900, "near", "web");
    }

    [Fact]
    public async Task What_the_pod_itself_calls_is_slowed_too()
    {
        var held = await lab.InjectAsync("network-delay", "near", ("delay", "300ms"), ("direction", "out"), ("peers", "app=web"));
        Assert.InRange((await lab.CallAsync("near", "web")).Milliseconds, 600, double.MaxValue);
        await lab.TakesAsync(0, 550, "near", "far");
        await lab.RecoverAsync(held);
    }
}
