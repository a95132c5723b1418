using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>Faults in real containers: what is hit is inside, and nothing outside. The image has no shell, and nothing is copied into it.</summary>
public sealed class ContainerTests : IDisposable
{
    private const string Uid = "inside-1";

    private readonly Playground _playground = new();

    public void Dispose() => _playground.Dispose();

    [Fact]
    public async Task Cpu_that_is_burnt_in_a_container_is_counted_there()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "cpu-burn", "--percent", "50", "--count", "1");
        var bearer = Assert.Single(Bearers());

        var (counted, used) = (CpuTime(container), Ticks(bearer));
        await Wait.UntilAsync(() => Ticks(bearer) - used > 50, "half a second of CPU time is burnt");
        counted = CpuTime(container) - counted;
        used = Ticks(bearer) - used;

        Assert.InRange(counted.TotalMilliseconds / (used * 10.0), 0.8, 1.2);
        Assert.DoesNotContain(_playground.Record(Uid).Keeper!.Value.Pid, Cgroups.Members(container.Group("cpu")));
        await RecoverAsync();
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("cpu")));
    }

    [Fact]
    public async Task Memory_is_filled_to_a_share_of_the_containers_limit_and_the_keeper_is_not_in_it()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "memory-fill", "--percent", "60");

        var (total, available) = PlaceMemory.Of(PlaceSearch.Find(new Dictionary<string, string> { ["container"] = container.Id })!);
        Assert.InRange((total - available) / (double)total, 0.58, 0.65);
        Assert.DoesNotContain(_playground.Record(Uid).Keeper!.Value.Pid, Cgroups.Members(container.Group("memory")));
        await RecoverAsync();
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("memory")));
    }

    [Fact]
    public async Task A_fault_whose_bearer_the_containers_limits_have_ended_is_certified_and_the_keeper_lives_to_do_it()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "memory-fill", "--bytes", "8MiB");

        // What the out-of-memory killer of the container would do.
        Assert.Single(Bearers()).Signal(Signals.Kill);

        await Wait.UntilAsync(() => _playground.Record(Uid).Status == InjectionStatus.Recovered, "the keeper has certified it");
        Assert.True(container.Process.IsAlive);
    }

    [Fact]
    public async Task A_container_that_ends_can_be_removed_at_once_and_its_fault_is_certified()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "cpu-burn", "--percent", "5", "--count", "1");

        await container.EndAsync();

        await Wait.UntilAsync(() => _playground.Record(Uid).Status == InjectionStatus.Recovered, "the keeper has certified it");
        await container.StartAsync();
        Assert.Equal([container.Process.Pid], Cgroups.Members(container.Group("cpu")));
    }

    [Fact]
    public async Task No_bearer_outlives_its_keeper_and_guardian()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "cpu-burn", "--percent", "5", "--count", "1");
        var record = _playground.Record(Uid);
        record.Guardian!.Value.Signal(Signals.Stop);

        record.Keeper!.Value.Signal(Signals.Kill);
        record.Guardian!.Value.Signal(Signals.Kill);

        await Wait.UntilAsync(() => !Bearers().Any(), "the kernel has ended the bearer");
        // One that is ending has no command line any more, and is in its group a moment longer.
        await Wait.UntilAsync(() => Cgroups.Members(container.Group("cpu")).SequenceEqual([container.Process.Pid]), "its group has the container's own process alone");
    }

    [Fact]
    public async Task Packets_are_lost_in_the_container_and_nowhere_else()
    {
        var (container, other) = (await _playground.StartContainerAsync(), await _playground.StartContainerAsync());
        await InjectAsync(container, "network-partition");

        Assert.Null(Packets.Trip(container.Process, IPAddress.Loopback));
        Assert.NotNull(Packets.Trip(other.Process, IPAddress.Loopback));
        await RecoverAsync();
        Assert.NotNull(Packets.Trip(container.Process, IPAddress.Loopback));
    }

    [Fact]
    public async Task A_port_is_taken_in_the_container_and_free_on_the_host()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "port-occupy", "--port", "22511");

        Assert.NotEmpty(Ports.Sockets("tcp", 22_511, container.Process.Pid));
        using (var listener = new TcpListener(IPAddress.Loopback, 22_511))
        {
            listener.Start();
        }

        await RecoverAsync();
        Assert.Empty(Ports.Sockets("tcp", 22_511, container.Process.Pid));
    }

    [Fact]
    public async Task A_process_is_hit_by_the_number_that_it_has_in_the_container()
    {
        var container = await _playground.StartContainerAsync();
        var inside = await container.StartInsideAsync("555");

        await InjectAsync(container, "process-stop", "--pid", $"{PlaceSearch.NumberInside(inside.Pid)}");

        Assert.True(ProcessStat.Read(inside.Pid)!.Value.IsStopped);
        Assert.False(ProcessStat.Read(container.Process.Pid)!.Value.IsStopped);
        await RecoverAsync();
        Assert.False(ProcessStat.Read(inside.Pid)!.Value.IsStopped);
    }

    [Fact]
    public async Task Processes_with_the_key_are_hit_in_the_container_and_not_in_its_neighbour()
    {
        var (container, other) = (await _playground.StartContainerAsync(), await _playground.StartContainerAsync());
        var (inside, outside) = (await container.StartInsideAsync("556"), await other.StartInsideAsync("556"));

        await InjectAsync(container, "process-kill", "--key", "sleep 556");

        Assert.False(inside.IsAlive);
        Assert.True(outside.IsAlive && container.Process.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_paused_container_stands_still_and_its_neighbour_does_not()
    {
        var (container, other) = (await _playground.StartContainerAsync(), await _playground.StartContainerAsync());
        await InjectAsync(container, "container-pause");

        Assert.True(IsFrozen(container));
        Assert.False(IsFrozen(other));
        await RecoverAsync();
        Assert.False(IsFrozen(container));
    }

    [Fact]
    public async Task A_container_that_somebody_else_has_paused_is_refused()
    {
        var container = await _playground.StartContainerAsync();
        Freezer.Of(container.Group("freezer"))!.Freeze();

        var answer = await _playground.RunAsync("inject", "container-pause", "--container", container.Id, "--uid", Uid, "-t", "5s");

        Freezer.Of(container.Group("freezer"))!.Thaw();
        Assert.Equal((5, "CRT5624"), (answer.Code, answer.Error.Split(':')[0]));
    }

    [Fact]
    public async Task A_container_that_was_started_anew_is_not_taken_for_the_one_that_was_hit()
    {
        var container = await _playground.StartContainerAsync();
        await InjectAsync(container, "container-pause");
        await container.EndAsync();
        await container.StartAsync();
        Freezer.Of(container.Group("freezer"))!.Freeze();

        await RecoverAsync();

        Assert.True(IsFrozen(container));
        Freezer.Of(container.Group("freezer"))!.Thaw();
    }

    [Fact]
    public async Task A_killed_container_has_ended_and_its_neighbour_has_not()
    {
        var (container, other) = (await _playground.StartContainerAsync(), await _playground.StartContainerAsync());

        await InjectAsync(container, "container-kill");

        Assert.False(container.Process.IsAlive);
        Assert.True(other.Process.IsAlive);
        await RecoverAsync();
    }

    [Fact]
    public async Task A_removed_container_is_unknown_to_its_runtime()
    {
        var container = await _playground.StartContainerAsync();

        await InjectAsync(container, "container-remove", "--container-runtime", "runc");

        Assert.False(Directory.Exists($"/run/runc/{container.Id}"));
        await RecoverAsync();
    }

    [Theory]
    [InlineData("freezer")]
    [InlineData(Cgroups.Unified)]
    public async Task A_control_group_is_a_place_too(string controller)
    {
        var (group, victim) = _playground.StartInGroup(controller);
        var neighbour = _playground.StartVictim();

        var answer = await _playground.RunAsync("inject", "container-pause", "--cgroup", group, "--uid", Uid, "-t", "60s");
        Assert.True(answer.Code == 0, answer.ToString());

        Assert.True(Freezer.Of(group)!.IsAsked);
        Assert.NotEqual('D', ProcessStat.Read(neighbour.Pid)!.Value.State);
        await RecoverAsync();
        Assert.False(Freezer.Of(group)!.IsAsked);
        Assert.True(victim.IsAlive);
    }

    [Fact]
    public async Task A_fault_is_not_put_into_a_group_that_does_not_count_it()
    {
        var (group, _) = _playground.StartInGroup("freezer");

        var answer = await _playground.RunAsync("inject", "cpu-burn", "--percent", "5", "--count", "1", "--cgroup", group, "--uid", Uid, "-t", "5s");

        Assert.Equal((5, "CRT5615"), (answer.Code, answer.Error.Split(':')[0]));
    }

    [Fact]
    public async Task A_podman_container_is_found_paused_restarted_and_removed()
    {
        var container = await _playground.StartContainerAsync("podman");
        await InjectAsync(container, "container-pause");
        Assert.True(IsFrozen(container));
        await RecoverAsync();

        var restart = await _playground.RunAsync("inject", "container-restart", "--container", container.Id[..12], "--wait-time", "0", "--uid", "inside-2", "-t", "60s");
        Assert.True(restart.Code == 0, restart.ToString());
        var before = container.Process;
        await container.LookAsync();
        Assert.True(!before.IsAlive && container.Process.IsAlive);

        var wrong = await _playground.RunAsync("inject", "container-kill", "--container", container.Id, "--container-runtime", "docker", "-t", "60s");
        Assert.Equal((5, "CRT5619"), (wrong.Code, wrong.Error.Split(':')[0]));
        var remove = await _playground.RunAsync("inject", "container-remove", "--container", container.Id, "--uid", "inside-3", "-t", "60s");
        Assert.True(remove.Code == 0, remove.ToString());
        Assert.False(container.Process.IsAlive);
    }

    private Task<CommandLine.Answer> InjectAsync(TestContainer container, string fault, params string[] arguments) => _playground.DoneAsync(["inject", fault, "--container", container.Id, "--uid", Uid, "-t", "60s", .. arguments]);

    private Task RecoverAsync() => _playground.CleanAsync(Uid);

    private IEnumerable<ProcessIdentity> Bearers() => _playground.OwnCraterds().Where(process => ProcessStat.CommandLine(process.Pid).Contains($"/craterd {Bearer.Verb} ", StringComparison.Ordinal));

    private static bool IsFrozen(TestContainer container) => Freezer.Of(container.Group("freezer"))!.IsAsked;

    private static long Ticks(ProcessIdentity process) => ProcessStat.Read(process.Pid)?.CpuTicks ?? throw new InvalidOperationException($"{process} has ended.");

    private static TimeSpan CpuTime(TestContainer container)
    {
        var first = Path.Combine(container.Group("cpuacct"), "cpuacct.usage");
        return File.Exists(first) ? TimeSpan.FromTicks(long.Parse(File.ReadAllText(first), CultureInfo.InvariantCulture) / 100)
            : TimeSpan.FromMicroseconds(long.Parse(File.ReadLines(Path.Combine(container.Group("cpu"), "cpu.stat")).First()["usage_usec ".Length..], CultureInfo.InvariantCulture));
    }
}
