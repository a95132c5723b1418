using System.Diagnostics;
using Crater.Lab;
using Crater.Lab.Nodes;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class DeathTests
{
    [Fact]
    public async Task Nothing_of_its_pods_survives_a_lab_that_is_killed()
    {
        var (folder, state) = await StartAsync(988);
        Kill(state.Pid);
        await LabFixture.UntilAsync(() => ProcessCount.Of(Sleeper(988)) == 0, "no sleeper is left");
        await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Nothing_of_its_pods_survives_when_the_process_inside_the_namespace_is_killed()
    {
        var (folder, state) = await StartAsync(990);
        if (state.LifeLine != nameof(LifeLine.PidNamespace))
        {
            await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Skip("no PID namespace can be made here");
        }

        Kill(ChildOf(ChildOf(state.Pid)));
        await LabFixture.UntilAsync(() => ProcessCount.Of(Sleeper(990)) == 0, "no sleeper is left");
        await LabFixture.UntilAsync(() => !state.IsAlive, "the command itself has ended");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_lab_that_is_stopped_leaves_neither_processes_nor_files()
    {
        var (folder, state) = await StartAsync(989);
        Assert.True(await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(0, ProcessCount.Of(Sleeper(989)));
        Assert.False(Directory.Exists(state.Folder));
        Assert.Null(LabState.Read(folder.FullName));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_inside_of_a_lab_dies_with_the_command_outside_also_when_it_cannot_listen()
    {
        var (folder, state) = await StartAsync(991);
        if (state.LifeLine != nameof(LifeLine.PidNamespace))
        {
            await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Skip("no PID namespace can be made here");
        }

        // Stopped, it cannot see the end of its input: only the kernel can end it.
        var inside = ProcessId.Of(ChildOf(ChildOf(state.Pid)))!.Value;
        inside.Signal(Native.SigStop);
        Kill(state.Pid);
        await LabFixture.UntilAsync(() => !inside.IsAlive && ProcessCount.Of(Sleeper(991)) == 0, "nothing is left");
        await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_container_is_started_again_each_time_its_process_is_killed()
    {
        var sleeper = Sleeper(987);
        var (folder, state) = await StartAsync(987, $"exec sleep {Seconds(987)}", sleepers: 1);
        for (var round = 0; round < ExitTests.Rounds; round++)
        {
            var pid = Assert.Single(ProcessCount.Find(sleeper));
            ProcessId.Of(pid)!.Value.Signal(round % 2 == 0 ? Native.SigKill : ExitTests.SigAbort);
            await LabFixture.UntilAsync(() => ProcessCount.Find(sleeper) is [var next] && next != pid, $"the sleeper is back after {round + 1} deaths");
        }

        Assert.True(state.IsAlive);
        await LabHost.DownAsync(folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(ProcessCount.Find(folder.FullName));
        Assert.Empty(ProcessCount.Find(sleeper));
        folder.Delete(recursive: true);
    }

    /// <summary>A time that no other run of these tests on this machine gives its sleepers.</summary>
    private static string Seconds(int number) => $"{number}.{Environment.ProcessId}";

    /// <summary>Becomes another user where that can be done: the kernel then takes a parent-death signal from a process, so nothing but its namespace ends it.</summary>
    private static string AsAnother => Native.GetEffectiveUser() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";

    private static string Sleeper(int number) => $"sleep\u0000{Seconds(number)}";

    private static async Task<(DirectoryInfo Folder, LabState State)> StartAsync(int number, string? script = null, int sleepers = 3)
    {
        var seconds = Seconds(number);
        var folder = Directory.CreateTempSubdirectory("crater-death-");
        var manifest = Path.Combine(folder.FullName, "pods.json");
        var pod = LabFixture.Pod("family", $$"""["sh", "-c", "{{script ?? $"{AsAnother}sleep {seconds} & setsid sleep {seconds} & sleep {seconds}"}}"]""");
        pod["metadata"]!.AsObject().Remove("uid");
        await File.WriteAllTextAsync(manifest, pod.ToJsonString());
        var state = await LabHost.DetachAsync(
            new LabOptions
            {
                Images = new ImageMap().Add("host=host"),
                StateFolder = folder.FullName,
                Kubeconfig = Path.Combine(folder.FullName, "kubeconfig"),
                Manifests = [manifest],
                Tool = LabFixture.Tool,
                BackOffBase = TimeSpan.FromMilliseconds(10),
            },
            TestContext.Current.CancellationToken);
        await LabFixture.UntilAsync(() => ProcessCount.Of(Sleeper(number)) == sleepers, $"{sleepers} sleepers run");
        return (folder, state);
    }

    // The kernel lists children by the thread that started them.
    private static int ChildOf(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => int.Parse(child, System.Globalization.CultureInfo.InvariantCulture))
        .First();

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit();
    }
}
