using System.Diagnostics;
using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// The only place from which the tests start craterd, and the list of what it may touch: files under this test's own folder, processes that the test started,
/// namespaces, containers and control groups that it made, one core, 256 MiB. It fails closed: an option that it does not know is refused before craterd sees it.
/// </summary>
internal sealed class Playground : IDisposable
{
    private const long MemoryBytesMax = 256 << 20;

    /// <summary>Faults that craterd does to itself: what they may take is bounded below.</summary>
    private static readonly string[] OwnResources = ["cpu-burn", "cpu-load", "memory-fill", "disk-fill", "disk-burn", "port-occupy", "memory-oom"];

    /// <summary>Options that say how much, of faults that hit one process of the test's own.</summary>
    private static readonly string[] Amounts = ["--left", "--block", "--read-bytes", "--write-bytes", "--read-io", "--write-io"];

    /// <summary>Options that say which packets, in a namespace that the test made.</summary>
    private static readonly string[] Packets = ["--interface", "--direction", "--dst-ip", "--src-ip", "--dst-port", "--src-port", "--exclude-ip", "--latency", "--jitter",
        "--correlation", "--gap", "--rate", "--force", "--domain", "--ip", "--answer"];

    /// <summary>Options that say which requests, of a server in such a namespace, and what happens to them.</summary>
    private static readonly string[] Requests = ["--port", "--path", "--method", "--header", "--percent", "--drain", "--delay", "--jitter", "--status", "--body", "--content-type"];

    private static readonly string[] Harmless = ["--uid", "-t", "--timeout", "--lease", "--json", "--creator", "--content", "--permission", "-P", "--protocol", "-s", "--signal", "--recover-cmd"];

    private readonly List<ProcessIdentity> _started = [];
    private readonly List<Process> _processes = [];
    private readonly List<IDisposable> _kept = [];
    private readonly List<MemoryLimit> _limits = [];
    private readonly List<TestContainer> _containers = [];
    private readonly List<string> _groups = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<ProcessIdentity, bool> _own = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("crater-agent-").FullName;

    /// <summary>Where the files are that faults may hit.</summary>
    public string Field => Directory.CreateDirectory(Path.Combine(Folder, "field")).FullName;

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "craterd");

    public string StateFolder => Path.Combine(Folder, "state");

    public StateFolder State => Crater.Agent.State.StateFolder.Open(name => name == "CRATERD_STATE" ? StateFolder : null, isRoot: false);

    /// <summary>A process of the test's own that may be hit: it sleeps.</summary>
    public ProcessIdentity StartVictim(params string[] vector)
    {
        vector = vector.Length > 0 ? vector : ["/bin/sleep", "300"];
        var start = new ProcessStartInfo(vector[0]);
        foreach (var argument in vector.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        var identity = ProcessIdentity.Of(process.Id)!.Value;
        _started.Add(identity);
        return identity;
    }

    /// <summary>A process that sleeps in a network namespace of its own, in which only the loopback is up.</summary>
    public async Task<ProcessIdentity> StartNetworkAsync()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "root is missing, which a network namespace of one's own needs");
        Assert.SkipUnless(File.Exists("/usr/bin/unshare") && (File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip")), "unshare or ip is missing, which a network namespace of one's own needs");
        var victim = StartVictim("/usr/bin/unshare", "-n", "/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; exec sleep 300");
        await Wait.UntilAsync(() => ProcessStat.Read(victim.Pid) is { Name: "sleep" }, "the network namespace is ready");
        return victim;
    }

    /// <summary>Puts a victim into a control group with a limit on memory of the test's own.</summary>
    public void Limit(ProcessIdentity victim)
    {
        var limit = new MemoryLimit(64);
        _limits.Add(limit);
        limit.Take(victim);
    }

    /// <summary>A container of the test's own that may be hit.</summary>
    /// <param name="runtime">runc or podman.</param>
    /// <param name="disk">A file system of the test's own that it is to lie on; empty for the host's.</param>
    public async Task<TestContainer> StartContainerAsync(string runtime = "runc", string disk = "")
    {
        _containers.Add(runtime == "podman" ? await TestContainer.StartPodmanAsync(Folder) : await TestContainer.StartRuncAsync(Folder, disk));
        return _containers[^1];
    }

    /// <summary>A control group of the test's own with one process that sleeps in it.</summary>
    /// <param name="controller">Of version 1, or of version 2 where the kernel has it there.</param>
    public (string Group, ProcessIdentity Victim) StartInGroup(string controller)
    {
        var mounts = Cgroups.Mounts();
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "root is missing, which a control group of one's own needs");
        Assert.SkipUnless(mounts.ContainsKey(controller) || mounts.ContainsKey(Cgroups.Unified), $"no control groups with {controller} are mounted");
        var group = Directory.CreateDirectory(Path.Combine(mounts[mounts.ContainsKey(controller) ? controller : Cgroups.Unified].Point, Path.GetFileName(Folder))).FullName;
        _groups.Add(group);
        var victim = StartVictim();
        Cgroups.Move(victim.Pid, group);
        return (group, victim);
    }

    /// <summary>Something of the test's own that goes with the playground.</summary>
    public void Keep(IDisposable thing) => _kept.Add(thing);

    public async Task<Answer> RunAsync(params string[] arguments)
    {
        using var craterd = Start("", arguments);
        return await craterd.EndAsync();
    }

    /// <param name="pauseAt">The step at which the process of that role stops itself; empty for none.</param>
    public CraterProcess Start(string pauseAt, params string[] arguments)
    {
        Allow(arguments);
        return CraterProcess.Start(Folder, new Dictionary<string, string> { ["CRATERD_STATE"] = StateFolder, ["CRATERD_PAUSE_AT"] = pauseAt }, [Program, .. arguments]);
    }

    /// <summary>The same with the state folder on a file system of 256 KiB that only these processes see.</summary>
    /// <param name="isFull">It has no room from the start.</param>
    /// <param name="pauseAt">As in <see cref="Start"/>.</param>
    public CraterProcess StartOnSmallDisk(bool isFull, string pauseAt, params string[] arguments)
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "root or unshare is missing, which a small file system of one's own needs");
        Directory.CreateDirectory(StateFolder);
        Allow(arguments);
        var fill = isFull ? "head -c 1M /dev/zero > fill 2>/dev/null; " : "";
        return CraterProcess.Start(StateFolder, new Dictionary<string, string> { ["CRATERD_STATE"] = StateFolder, ["CRATERD_PAUSE_AT"] = pauseAt },
            ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", $"mount -t tmpfs -o size=256k,mode=0700 none \"$CRATERD_STATE\" && cd \"$CRATERD_STATE\" && {fill}exec \"$0\" \"$@\"",
             Program, .. arguments]);
    }

    /// <summary>Writes until there is no more room.</summary>
    public static void Fill(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            while (true)
            {
                stream.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }

    /// <summary>Ends every process that the test started as a target, stopped or not.</summary>
    public Task EndVictimsAsync()
    {
        _started.ForEach(victim => victim.Signal(Signals.Kill));
        return Wait.UntilAsync(() => !_started.Any(victim => victim.IsAlive), "the victims have ended");
    }

    public InjectionRecord Record(string uid) => State.Find(uid)!.Read();

    public void Dispose()
    {
        Directory.CreateDirectory(StateFolder);
        foreach (var craterd in OwnCraterds())
        {
            craterd.Signal(Signals.Kill);
        }

        _containers.ForEach(container => container.Dispose());
        _kept.ForEach(thing => thing.Dispose());
        foreach (var victim in _processes)
        {
            victim.Kill();
            victim.WaitForExit();
            victim.Dispose();
        }

        foreach (var group in _groups)
        {
            Directory.Delete(group);
        }

        _limits.ForEach(limit => limit.Dispose());

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The process in that role, once it has stopped itself at its step; null until then.</summary>
    /// <param name="verb">keep, guard, inject or recover.</param>
    public ProcessIdentity? Paused(string verb) => OwnCraterds().Select(identity => (ProcessIdentity?)identity)
        .FirstOrDefault(identity => ProcessStat.Read(identity!.Value.Pid) is { IsStopped: true } && ProcessStat.CommandLine(identity.Value.Pid).Contains($"/craterd {verb}", StringComparison.Ordinal));

    /// <summary>Keepers and guardians of this test's state folder, and of no other. One that is ending has lost its environment before its files are closed, and counts until it has ended.</summary>
    public IReadOnlyList<ProcessIdentity> OwnCraterds() =>
    [
        .. from stat in ProcessStat.All()
           let craterd = new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot)
           where stat.Name == "craterd" && !stat.HasEnded && (_own.ContainsKey(craterd) || (Environment(stat.Pid).Contains($"CRATERD_STATE={StateFolder}", StringComparer.Ordinal) && _own.GetOrAdd(craterd, true)))
           select craterd,
    ];

    /// <exception cref="InvalidOperationException">craterd would be allowed to touch something that is not this test's.</exception>
    public void Allow(IReadOnlyList<string> arguments)
    {
        if (arguments is not ["inject", var fault, ..])
        {
            return;
        }

        var isBounded = !OwnResources.Contains(fault) && !HitsPackets(fault) && !fault.StartsWith("container-", StringComparison.Ordinal);
        var isInside = arguments.Contains("--container");
        for (var i = 2; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            isBounded |= (fault, arguments[i]) switch
            {
                ("cpu-burn", "--count") => Number(value) == 1,
                ("cpu-load", "--count") => Number(value) is > 0 and <= 200,
                ("memory-oom", "--pid") => isInside || MemoryLimit.Holds((int)Number(value)),
                ("memory-oom", "--container") => true,
                ("disk-burn", "--size") => value.EndsWith("MiB", StringComparison.Ordinal) && Number(value[..^3]) is > 0 and <= 64,
                ("cpu-burn", "--list") => value.All(char.IsAsciiDigit),
                ("memory-fill" or "disk-fill", "--bytes") => value.EndsWith("MiB", StringComparison.Ordinal) && Number(value[..^3]) << 20 <= MemoryBytesMax,
                ({ } network, "--pid") when HitsPackets(network) => HasNetworkOfItsOwn((int)Number(value)),
                ("memory-fill", "--percent") => isInside && Number(value) <= 80,
                ({ } network, "--container") when HitsPackets(network) => true,
                ({ } container, "--container" or "--cgroup") when container.StartsWith("container-", StringComparison.Ordinal) => true,
                ("port-occupy", "--port") => Number(value) is > 10_000 and < 65_536,
                _ => false,
            };
            RefuseForeign(arguments[i], value, fault, isInside);
            i += arguments[i] is "--json" ? 0 : 1;
        }

        if (!isBounded)
        {
            throw new InvalidOperationException($"The playground lets no {fault} loose without a bound.");
        }
    }

    private static bool HitsPackets(string fault) => fault.StartsWith("network-", StringComparison.Ordinal) || fault.StartsWith("dns-", StringComparison.Ordinal) || fault.StartsWith("http-", StringComparison.Ordinal);

    private void RefuseForeign(string option, string value, string fault, bool isInside)
    {
        var isAllowed = option switch
        {
            _ when fault.StartsWith("http-", StringComparison.Ordinal) && Requests.Contains(option) => true,
            // Of a container that the test has made; what leads out of it is the test's own.
            "--path" or "--src" or "--dst" or "--dir" when isInside => fault.StartsWith("file-", StringComparison.Ordinal) || fault is "disk-fill" or "disk-burn",
            "--path" or "--src" or "--dst" or "--dir" => Path.GetFullPath(value).StartsWith(Folder + "/", StringComparison.Ordinal) || Path.GetFullPath(value) == Folder,
            // One of these, or none: what is inside it, the test has made.
            "--container" => _containers.Any(container => container.Id == value || (value.Length >= 12 && container.Id.StartsWith(value, StringComparison.Ordinal))),
            "--cgroup" => _groups.Contains(value),
            "--container-runtime" or "--wait-time" => fault.StartsWith("container-", StringComparison.Ordinal),
            "-c" => fault.StartsWith("file-", StringComparison.Ordinal),
            "--pid" or "--key" when isInside => fault.StartsWith("process-", StringComparison.Ordinal) || fault is "memory-oom" or "fd-exhaust" or "nproc-exhaust",
            "--percent" when isInside => fault is "cpu-burn" or "memory-fill" or "network-loss",
            "--pid" => _started.Any(victim => victim.Pid == Number(value) && victim.IsAlive),
            "--key" => value == Folder,
            "--percent" => fault == "cpu-burn" || fault.StartsWith("network-", StringComparison.Ordinal),
            "--mode" => fault == "disk-burn" || HitsPackets(fault),
            _ when Packets.Contains(option) => HitsPackets(fault),
            "--count" or "--list" => fault is "cpu-burn" or "cpu-load" or "file-append",
            "--size" => fault == "disk-burn",
            "--program" => fault == "time-skew" && value.Contains(Folder, StringComparison.Ordinal),
            "--offset" => fault == "time-skew",
            "--device" => value.StartsWith("/dev/loop", StringComparison.Ordinal) || value.StartsWith(Folder, StringComparison.Ordinal),
            _ when Amounts.Contains(option) => fault is "fd-exhaust" or "nproc-exhaust" or "disk-throttle" or "disk-hang" or "disk-burn",
            "--bytes" => fault is "memory-fill" or "disk-fill",
            "--port" => fault == "port-occupy",
            _ => Harmless.Contains(option),
        };
        if (!isAllowed)
        {
            throw new InvalidOperationException($"{option} {value} of {fault} is not on the list of what a test may touch.");
        }
    }

    private bool HasNetworkOfItsOwn(int pid) => _started.Any(victim => victim.Pid == pid) && NetworkNamespace.Identity($"/proc/{pid}/ns/net") != NetworkNamespace.Identity("/proc/self/ns/net");

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string[] Environment(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
