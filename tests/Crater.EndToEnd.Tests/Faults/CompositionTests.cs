using Crater.Drivers;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

/// <summary>Random sequences on two pods against a model that knows only which injections are in place.</summary>
public sealed class CompositionTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private static readonly (string Fault, (string, string)[] Arguments)[] Faults =
    [
        ("network-delay", [("delay", "2ms")]), ("network-loss", [("loss", "0.01")]), ("network-bandwidth", [("rate", "100mbit")]),
        ("network-partition", [("peers", "app=nobody")]), ("http-status", [("status", "418")]), ("http-delay", [("delay", "1ms")]), ("http-abort", [("path", "/none")]),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Any_sequence_of_injections_recoveries_and_expiries_ends_in_the_base_state() =>
        Prop.ForAll(Gen.Zip(Gen.Choose(0, 9), Gen.Choose(0, 1000)).ListOf().Select(steps => steps.Take(14).ToArray()).ToArbitrary(), steps =>
        {
            RunAsync(steps).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private async Task RunAsync((int Kind, int Which)[] steps)
    {
        List<HeldForTest> live = [];
        List<HeldForTest> over = [];
        foreach (var (kind, which) in steps)
        {
            if (kind < 5 || live.Count == 0)
            {
                var (fault, arguments) = Faults[which % Faults.Length];
                live.Add(await lab.InjectAsync(fault, which % 2 == 0 ? "web" : "far", arguments));
                continue;
            }

            var held = live[which % live.Count];
            live.Remove(held);
            over.Add(held);
            await EndAsync(held, byLease: kind == 9);
        }

        await CompareAsync(live, over);
        foreach (var held in live)
        {
            await EndAsync(held, byLease: false);
        }

        await CompareAsync([], [.. live, .. over]);
        Assert.Equal("200", (await lab.CallAsync("near", "web")).Outcome);
        Assert.Equal("200", (await lab.CallAsync("near", "far")).Outcome);
    }

    private async Task EndAsync(HeldForTest held, bool byLease)
    {
        if (!byLease)
        {
            await lab.Driver.RecoverAsync(held.Injection, held.Preparation, Stop);
            return;
        }

        await lab.Driver.RenewAsync(held.Injection, held.Preparation, TimeSpan.FromMilliseconds(1), Stop);
        while (await lab.PresenceAsync(held) != Presence.Absent)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Stop);
        }
    }

    /// <summary>What is in place is present, what is over is absent; a pod without live injections has its first fingerprint.</summary>
    private async Task CompareAsync(IReadOnlyList<HeldForTest> live, IReadOnlyList<HeldForTest> over)
    {
        foreach (var held in live)
        {
            Assert.Equal(Presence.Present, await lab.PresenceAsync(held));
        }

        foreach (var held in over)
        {
            await lab.CleanAsync(held);
        }

        if (live.Any(held => held.Injection.Target.Name == "web" && held.Injection.Fault.Name == "http-status"))
        {
            Assert.Equal("418", (await lab.CallAsync("near", "web")).Outcome);
        }
    }
}
