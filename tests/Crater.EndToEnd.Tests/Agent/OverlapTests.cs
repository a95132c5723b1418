using System.Net;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: several faults at one time on one file, one process, one network and one host, taken off in any order, leave everything as it was.
/// Method: random sequences of two to six injections with recoveries in between. What cannot go together is refused; what was accepted has to come off clean.
/// </summary>
public sealed class OverlapTests
{
    /// <summary>How many sequences; CRATER_SEQUENCES takes more.</summary>
    private const int Sequences = 12;

    private const int StepsMax = 9;
    private const int InjectionsMax = 6;

    private static readonly string[] Faults =
    [
        "file-chmod", "file-append", "file-modify", "file-delete", "file-move", "process-stop", "process-kill", "network-delay", "network-loss", "network-partition", "cpu-burn", "memory-fill", "disk-fill", "port-occupy",
    ];

    [Fact]
    public void Any_sequence_of_overlapping_injections_and_recoveries_ends_in_the_base_state()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("CRATER_SEQUENCES"), out var asked) ? asked : Sequences;
        var steps = Gen.Zip(Gen.Choose(0, 2), Gen.Choose(0, 10_000)).ListOf().Select(list => list.Take(StepsMax).ToArray());
        Prop.ForAll(Gen.Where(steps, list => list.Count(step => step.Item1 > 0) is >= 2).ToArbitrary(), list =>
        {
            LiveThroughAsync(list).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithStartSize(4).WithEndSize(StepsMax));
    }

    private static async Task LiveThroughAsync((int Kind, int Which)[] steps)
    {
        using var playground = new Playground();
        var (arguments, look) = await ArrangeAsync(playground);
        var before = look();
        List<string> live = [];
        var number = 0;
        foreach (var (kind, which) in steps)
        {
            if (kind == 0 && live.Count > 0)
            {
                await RecoverAsync(playground, live, which);
            }
            else if (number < InjectionsMax)
            {
                var fault = Faults[which % Faults.Length];
                var uid = $"overlap-{++number}";
                var answer = await playground.RunAsync(["inject", fault, "--uid", uid, "-t", "10m", .. arguments(fault, number)]);
                // Held by another one, or not possible in the state that another one has made: then nothing may be left of it.
                Assert.True(answer.Code is 0 or 5 or 7, answer.ToString());
                live.AddRange(answer.Code == 0 ? [uid] : []);
            }
        }

        var order = steps.Length == 0 ? 0 : steps[^1].Which;
        while (live.Count > 0)
        {
            await RecoverAsync(playground, live, order);
        }

        Assert.Equal(before, look());
        Assert.Empty(playground.State.Claims.Holders());
        Assert.Empty(new Sweep(playground.State, BootClock.System).Open().Select(folder => folder.Uid));
    }

    private static async Task RecoverAsync(Playground playground, List<string> live, int which)
    {
        var uid = live[which % live.Count];
        live.Remove(uid);
        var answer = await playground.RunAsync("recover", uid);
        Assert.True(answer.Code == 0, answer.ToString());
    }

    // One of each: a file, a process, a network. Only what is killed is a process of its own each time, since a kill is not taken back.
    private static async Task<(Func<string, int, string[]> Arguments, Func<string> Look)> ArrangeAsync(Playground playground)
    {
        var file = Path.Combine(playground.Field, "app.conf");
        await File.WriteAllTextAsync(file, "first line\nsecond line\n", TestContext.Current.CancellationToken);
        var victim = playground.StartVictim();
        var place = await playground.StartNetworkAsync();
        var port = FaultCase.NextPort();
        string[] Arguments(string fault, int number) => fault switch
        {
            "file-chmod" => ["--path", file, "--permission", "000"],
            "file-append" => ["--path", file, "--content", "one more line"],
            "file-modify" => ["--path", file, "--content", "another content"],
            "file-delete" => ["--path", file],
            "file-move" => ["--src", file, "--dst", file + ".moved"],
            "process-stop" => ["--pid", $"{victim.Pid}"],
            "process-kill" => ["--pid", $"{playground.StartVictim().Pid}"],
            "network-delay" => ["--pid", $"{place.Pid}", "--latency", $"{500 + number}ms"],
            "network-loss" => ["--pid", $"{place.Pid}", "--percent", $"{number * 15}"],
            "network-partition" => ["--pid", $"{place.Pid}", "--direction", number % 2 == 0 ? "both" : "in"],
            "cpu-burn" => ["--percent", "5", "--count", "1"],
            "memory-fill" => ["--bytes", "8MiB"],
            "disk-fill" => ["--bytes", "8MiB", "--dir", playground.Field],
            _ => ["--port", $"{port}"],
        };
        return (Arguments, () => string.Join('\n', FaultCase.Files(playground), ProcessStat.Read(victim.Pid) is { IsStopped: false } ? "runs" : "stopped",
            Packets.Trip(place, IPAddress.Loopback) is { TotalMilliseconds: < 250 } ? "passes" : "lost or late", FaultCase.IsFree(port) ? "free" : "taken"));
    }
}
