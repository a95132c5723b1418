using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Whoever holds or watches a fault on all of a container dies: the container's limits, and who is in its control groups, are as before.</summary>
public sealed class WholePlaceKillTests : IDisposable
{
    private const string Uid = "whole-kill";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    public static TheoryData<string, string[]> Faults => new()
    {
        { "cpu-load", ["--count", "3"] },
        { "disk-burn", ["--size", "1MiB", "--block", "64KiB", "--dir", "/data"] },
        { "disk-throttle", ["--write-io", "100", "--device"] },
        { "disk-hang", ["--device"] },
        { "fd-exhaust", [] },
        { "nproc-exhaust", [] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_container_is_as_before_whoever_dies(string fault, string[] arguments)
    {
        ResourceFaultTests.RefuseWithout("blkio");
        ResourceFaultTests.RefuseWithout("pids");
        var container = await _playground.StartContainerAsync();
        await Wait.UntilAsync(() => Cgroups.Members(container.Group("pids")).Count == 1, "the runtime has left");
        var before = Look(container);
        arguments = arguments.LastOrDefault() == "--device" ? [.. arguments, _playground.Folder] : arguments;
        foreach (var (victim, number) in new[] { Victim.Keeper, Victim.Guardian, Victim.Both }.Select((victim, i) => (victim, i)))
        {
            var uid = $"{Uid}-{number}";
            var answer = await _playground.RunAsync(["inject", fault, "--container", container.Id, "--uid", uid, "-t", "10m", .. arguments]);
            Assert.True(answer.Code == 0, answer.ToString());
            Assert.NotEqual(before, Look(container));

            await KillAsync(_playground.Record(uid), victim);

            await Wait.UntilAsync(() => _playground.Record(uid).IsClosed, $"{fault} is certified after the death of {victim}");
            Assert.True(_playground.Record(uid).Status == InjectionStatus.Recovered, $"{fault} left something after the death of {victim}");
            Assert.Equal(before, Look(container));
        }

        Assert.Empty(new Sweep(_playground.State, BootClock.System).Open());
        Assert.Empty(_playground.State.Claims.Holders());
    }

    [Fact]
    public async Task A_container_with_a_limit_of_the_fault_can_be_removed_and_the_fault_goes_with_it()
    {
        ResourceFaultTests.RefuseWithout("pids");
        var container = await _playground.StartContainerAsync();
        var answer = await _playground.RunAsync("inject", "nproc-exhaust", "--container", container.Id, "--uid", Uid, "-t", "10m");
        Assert.True(answer.Code == 0, answer.ToString());

        await container.EndAsync();
        await container.StartAsync();
        var anew = File.ReadAllText(Path.Combine(container.Group("pids"), "pids.max"));

        answer = await _playground.RunAsync("recover", Uid);
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Contains("no longer exists", answer.Out, StringComparison.Ordinal);
        Assert.Equal(anew, File.ReadAllText(Path.Combine(container.Group("pids"), "pids.max")));
    }

    private async Task KillAsync(InjectionRecord record, Victim victim)
    {
        if (victim == Victim.Both)
        {
            record.Guardian!.Value.Signal(Signals.Stop);
        }

        if (victim != Victim.Guardian)
        {
            record.Keeper!.Value.Signal(Signals.Kill);
        }

        if (victim != Victim.Keeper)
        {
            record.Guardian!.Value.Signal(Signals.Kill);
        }

        if (victim == Victim.Both)
        {
            await Wait.UntilAsync(() => !record.Guardian!.Value.IsAlive && !record.Keeper!.Value.IsAlive, "both have ended");
            var answer = await _playground.RunAsync("recover", "--all");
            Assert.True(answer.Code == 0, answer.ToString());
        }
    }

    // The kernel's own files, not what craterd makes of them.
    private static string Look(TestContainer container) => string.Join('\n',
    [
        .. Directory.EnumerateFiles(container.Group("blkio"), "blkio.throttle.*_device").Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {File.ReadAllText(file)}"),
        $"pids.max {File.ReadAllText(Path.Combine(container.Group("pids"), "pids.max"))}",
        .. new[] { "blkio", "cpu", "pids" }.Select(controller => $"{controller} {string.Join(' ', Cgroups.Members(container.Group(controller)))}"),
        .. File.ReadLines($"/proc/{container.Process.Pid}/limits").Where(line => line.StartsWith("Max open files", StringComparison.Ordinal)),
        .. Directory.EnumerateFileSystemEntries(Path.Combine(container.Root, "data")),
    ]);
}
