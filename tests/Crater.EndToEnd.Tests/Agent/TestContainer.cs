using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// A real container of this test's own, with namespaces and control groups of its own and 96 MiB at most. Its image is one file: a static program that sleeps. There is no shell
/// and no library in it, so whatever a fault does there, it does without the image's help.
/// </summary>
internal sealed class TestContainer : IDisposable
{
    private const long MemoryBytesMax = 96 << 20;

    private static int _count;

    private readonly string _folder;
    private readonly List<(ProcessIdentity Process, IReadOnlyDictionary<string, string> Homes)> _guests = [];

    private TestContainer(string id, string runtime, string folder) => (Id, Runtime, _folder) = (id, runtime, folder);

    /// <summary>The runtime's whole id.</summary>
    public string Id { get; private set; }

    public string Runtime { get; }

    /// <summary>Its first process.</summary>
    public ProcessIdentity Process { get; private set; }

    /// <summary>Its root folder, as the host sees it.</summary>
    public string Root => Path.Combine(_folder, "rootfs");

    /// <summary>The folder of its control group of that controller.</summary>
    public string Group(string controller) => PlaceSearch.Find(new Dictionary<string, string> { ["container"] = Id })!.Cgroup(controller);

    /// <param name="folder">Of the test; its files go below it.</param>
    /// <param name="disk">Where its files go instead; empty for the test's own folder.</param>
    public static async Task<TestContainer> StartRuncAsync(string folder, string disk = "")
    {
        Require("runc", "/usr/sbin/runc", "/usr/bin/runc");
        var container = new TestContainer($"{Path.GetFileName(folder)}-{Interlocked.Increment(ref _count)}", "runc", Image(disk.Length > 0 ? disk : folder));
        File.WriteAllText(Path.Combine(container._folder, "config.json"), Specification().ToJsonString());
        await container.StartAsync();
        return container;
    }

    public static async Task<TestContainer> StartPodmanAsync(string folder)
    {
        Require("podman", "/usr/bin/podman");
        Require("runc", "/usr/sbin/runc", "/usr/bin/runc");
        var container = new TestContainer("", "podman", Image(folder));
        var files = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        var answer = await RunAsync(folder, "podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "run", "-d", "--network", "none", "--memory", $"{MemoryBytesMax}",
            "--ulimit", $"nofile={files}:{files}", "--ulimit", "nproc=1000:1000", "--rootfs", container.Root, "/bin/sleep", "600");
        Assert.SkipUnless(answer.Code == 0, $"a podman container cannot be had here: {answer.Error.Trim()}");
        container.Id = answer.Out.Trim();
        await container.LookAsync();
        return container;
    }

    /// <summary>Starts it, or starts it anew under the same id.</summary>
    public async Task StartAsync()
    {
        var answer = await DetachAsync("runc", "run", "-d", Id);
        Assert.SkipUnless(answer.Code == 0, $"a runc container cannot be had here: {File.ReadAllText(Path.Combine(_folder, "log")).Trim()}");
        await LookAsync();
    }

    /// <summary>Puts a process of the test's own into its control groups, whose limits hold for it from then on. It goes back before the container ends.</summary>
    public void Take(ProcessIdentity guest)
    {
        var mounts = Cgroups.Mounts();
        var groups = PlaceSearch.Find(new Dictionary<string, string> { ["container"] = Id })!.Cgroups;
        _guests.Add((guest, Cgroups.PathsOf(guest.Pid).Where(path => groups.ContainsKey(path.Key)).ToDictionary(path => path.Key, path => Cgroups.Folder(mounts, path.Key, path.Value)!)));
        foreach (var folder in groups.Values)
        {
            Cgroups.Move(guest.Pid, folder);
        }
    }

    /// <summary>Ends it and starts it anew under the same id, as a supervisor would.</summary>
    public async Task RestartAsync()
    {
        if (Runtime == "podman")
        {
            var answer = await DetachAsync("podman", "restart", "-t", "0", Id);
            Assert.True(answer.Code == 0, answer.ToString());
            await LookAsync();
            return;
        }

        await EndAsync();
        await StartAsync();
    }

    /// <summary>Ends it by its own runtime, which fails while somebody else is in its control groups.</summary>
    public async Task EndAsync()
    {
        foreach (var (guest, homes) in _guests.Where(one => one.Process.IsAlive))
        {
            foreach (var home in homes.Values)
            {
                Cgroups.Move(guest.Pid, home);
            }
        }

        // A runtime that was called from a mount namespace of its own leaves mounts busy until its last process there has ended.
        Answer answer;
        for (var tries = 1; (answer = await RemoveAsync()).Code != 0 && tries < 20; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        Assert.True(answer.Code == 0, answer.ToString());
    }

    private Task<Answer> RemoveAsync() => RunAsync(_folder, [Runtime, .. Runtime == "podman" ? new[] { "rm", "-f", "-t", "0", Id } : ["delete", "--force", Id]]);

    /// <summary>Starts one more process in it.</summary>
    public async Task<ProcessIdentity> StartInsideAsync(string seconds)
    {
        var answer = await DetachAsync(Runtime, "exec", "-d", Id, "/bin/sleep", seconds);
        Assert.True(answer.Code == 0, answer.ToString());
        // The runtime is back before the program it starts has taken its name.
        ProcessStat? inside = null;
        await Wait.UntilAsync(() => (inside = Inside(seconds)) is not null, "the process in the container has begun");
        return new ProcessIdentity(inside!.Value.Pid, inside.Value.StartTicks, BootClock.System.Boot);
    }

    public async Task LookAsync()
    {
        var answer = await RunAsync(_folder, [Runtime, .. Runtime == "podman" ? new[] { "inspect", "--format", "{{.State.Pid}}", Id } : ["state", Id]]);
        Assert.True(answer.Code == 0, answer.ToString());
        Process = ProcessIdentity.Of(Runtime == "podman" ? int.Parse(answer.Out.Trim(), CultureInfo.InvariantCulture) : (int)JsonNode.Parse(answer.Out)!["pid"]!)!.Value;
    }

    private ProcessStat? Inside(string seconds) => ProcessStat.All().Select(stat => (ProcessStat?)stat).FirstOrDefault(stat => ProcessStat.CommandLine(stat!.Value.Pid) == $"/bin/sleep {seconds}"
        && Place.Namespace(stat.Value.Pid, "pid") == Place.Namespace(Process.Pid, "pid"));

    public void Dispose() => EndAsync().GetAwaiter().GetResult();

    // What is detached keeps the streams that it was started with, and they would never end.
    private Task<Answer> DetachAsync(params string[] vector) => RunAsync(_folder, ["/bin/sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>log", "sh", .. vector]);

    private static void Require(string program, params string[] paths)
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "root is missing, which a container with control groups of its own needs");
        Assert.SkipUnless(paths.Any(File.Exists), $"{program} is missing (Debian package {program})");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "busybox is missing (Debian package busybox-static), of which the container's only file is made");
    }

    /// <summary>Makes a folder what runc takes: a specification, and an image of one file.</summary>
    public static void Fill(string bundle)
    {
        FillImage(bundle);
        File.WriteAllText(Path.Combine(bundle, "config.json"), Specification().ToJsonString());
    }

    private static string Image(string folder)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, $"container-{Interlocked.Increment(ref _count)}")).FullName;
        FillImage(own);
        return own;
    }

    private static void FillImage(string own)
    {
        foreach (var name in new[] { "bin", "proc", "data" })
        {
            Directory.CreateDirectory(Path.Combine(own, "rootfs", name));
        }

        File.Copy("/bin/busybox", Path.Combine(own, "rootfs", "bin", "sleep"));
    }

    private static async Task<Answer> RunAsync(string folder, params string[] vector)
    {
        using var process = CraterProcess.Start(folder, new Dictionary<string, string>(), ["/usr/bin/env", .. vector]);
        return await process.EndAsync();
    }

    // What is in a container made of no image: config.md of the OCI runtime specification.
    private static JsonObject Specification() => new()
    {
        ["ociVersion"] = "1.0.2",
        ["process"] = new JsonObject
        {
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = new JsonArray("/bin/sleep", "600"),
            ["cwd"] = "/",
        },
        ["root"] = new JsonObject { ["path"] = "rootfs" },
        ["mounts"] = new JsonArray(new JsonObject { ["destination"] = "/proc", ["type"] = "proc", ["source"] = "proc" }),
        ["linux"] = new JsonObject
        {
            ["namespaces"] = new JsonArray([.. new[] { "pid", "network", "ipc", "uts", "mount" }.Select(kind => (JsonNode)new JsonObject { ["type"] = kind })]),
            ["resources"] = new JsonObject { ["memory"] = new JsonObject { ["limit"] = MemoryBytesMax } },
        },
    };
}
