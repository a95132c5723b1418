using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>One fault as the proofs use it: what to inject, and how its target looks from outside.</summary>
/// <param name="Fault">Canonical name.</param>
/// <param name="Arrange">Makes the target in a playground; returns the arguments and a look at the target, which tells nothing but what was there before.</param>
internal sealed record FaultCase(string Fault, Func<Playground, Task<(string[] Arguments, Func<string> Look)>> Arrange)
{
    private static int _port = 21_000;

    public static IReadOnlyList<FaultCase> All { get; } =
    [
        Of("cpu-burn", _ => (["--percent", "5", "--count", "1"], () => "")),
        Of("memory-fill", _ => (["--bytes", "8MiB"], () => "")),
        Of("disk-fill", playground => (["--bytes", "8MiB", "--dir", playground.Field], () => Files(playground))),
        Of("cpu-load", _ => (["--count", "3"], () => "")),
        Of("disk-burn", playground => (["--size", "1MiB", "--block", "64KiB", "--dir", playground.Field], () => Files(playground))),
        Of("fd-exhaust", playground =>
        {
            var victim = playground.StartVictim();
            return (["--pid", $"{victim.Pid}"], () => File.ReadLines($"/proc/{victim.Pid}/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)));
        }),
        Of("time-skew", playground =>
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/proc/self/ns/time") && File.Exists("/usr/bin/unshare"), "root, time namespaces or unshare are missing");
            var file = Path.Combine(playground.Field, "followed");
            File.WriteAllText(file, "");
            return (["--program", $"/usr/bin/tail -f {file}", "--offset", "1h"],
                () => ProcessStat.All().Any(stat => !stat.HasEnded && ProcessStat.CommandLine(stat.Pid) == $"/usr/bin/tail -f {file}") ? "runs" : "");
        }),
        Of("memory-oom", playground =>
        {
            ResourceFaultTests.RefuseWithout("memory");
            var victim = playground.StartVictim();
            playground.Limit(victim);
            return (["--pid", $"{victim.Pid}"], () => victim.IsAlive ? File.ReadAllText($"/proc/{victim.Pid}/oom_score_adj").Trim() : "0");
        }),
        OfGroup("nproc-exhaust", "pids", _ => []),
        OfGroup("disk-throttle", "blkio", playground => ["--device", playground.Folder, "--write-io", "100"]),
        OfGroup("disk-hang", "blkio", playground => ["--device", playground.Folder]),
        Of("port-occupy", _ =>
        {
            var port = NextPort();
            return (["--port", $"{port}"], () => IsFree(port) ? "free" : "taken");
        }),
        Of("process-kill", playground =>
        {
            var victim = playground.StartVictim();
            return (["--pid", $"{victim.Pid}"], () => "");
        }),
        Of("process-stop", playground =>
        {
            var victim = playground.StartVictim();
            return (["--pid", $"{victim.Pid}"], () => ProcessStat.Read(victim.Pid) is { IsStopped: false } ? "runs" : "stopped");
        }),
        OfNetwork("network-delay", "--latency", "500ms"),
        OfNetwork("network-loss", "--percent", "100"),
        OfNetwork("network-partition", "--direction", "both"),
        OfNetwork("network-corrupt", "--percent", "100"),
        OfNetwork("network-duplicate", "--percent", "50"),
        OfNetwork("network-reorder", "--latency", "500ms"),
        OfNetwork("network-bandwidth", "--rate", "8kbit", "--direction", "both"),
        OfNames("dns-override", "--domain", "*", "--ip", "10.1.2.3"),
        OfNames("dns-fail"),
        OfHttp("http-delay", "--delay", "500ms"),
        OfHttp("http-abort"),
        OfHttp("http-status"),
        OfHttp("http-body", "--body", "another"),
        OfFile("file-create", name => ["--path", name + ".new", "--content", "made"]),
        OfFile("file-append", name => ["--path", name, "--content", "one more line", "--count", "3"]),
        OfFile("file-modify", name => ["--path", name, "--content", "another content"]),
        OfFile("file-delete", name => ["--path", name]),
        OfFile("file-move", name => ["--src", name, "--dst", name + ".moved"]),
        OfFile("file-chmod", name => ["--path", name, "--permission", "000"]),
        OfContainer("container-kill", "runc"),
        OfContainer("container-pause", "runc"),
        OfContainer("container-remove", "runc", "--container-runtime", "runc"),
        OfContainer("container-restart", "podman", "--wait-time", "0"),
    ];

    // The freezer's own file, not what craterd makes of it.
    private static FaultCase OfContainer(string fault, string runtime, params string[] arguments) => new(fault, async playground =>
    {
        var container = await playground.StartContainerAsync(runtime);
        var freezer = container.Group("freezer");
        return (["--container", container.Id, .. arguments], () => fault != "container-pause" ? "" : File.ReadAllText(Path.Combine(freezer, File.Exists(Path.Combine(freezer, "freezer.state")) ? "freezer.state" : "cgroup.freeze")));
    });

    public static FaultCase Of(string fault) => All.Single(known => known.Fault == fault);

    /// <summary>Every name in the playground's field, with its inode, permissions and content: taken by the test, not by craterd.</summary>
    public static string Files(Playground playground) => string.Join('\n', Directory.EnumerateFiles(playground.Field).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetFileName(file)} {FileState.Of(file)} {File.ReadAllText(file)}"));

    private static FaultCase Of(string fault, Func<Playground, (string[] Arguments, Func<string> Look)> arrange) => new(fault, playground => Task.FromResult(arrange(playground)));

    private static FaultCase OfGroup(string fault, string controller, Func<Playground, string[]> arguments) => Of(fault, playground =>
    {
        ResourceFaultTests.RefuseWithout(controller);
        var victim = playground.StartVictim();
        return (["--pid", $"{victim.Pid}", .. arguments(playground)], () => ResourceFaultTests.Group(victim, controller));
    });

    private static FaultCase OfNetwork(string fault, params string[] arguments) => new(fault, async playground =>
    {
        var place = await playground.StartNetworkAsync();
        return (["--pid", $"{place.Pid}", .. arguments], () => $"{(Packets.Trip(place, IPAddress.Loopback) is { TotalMilliseconds: < 250 } ? "passes" : "lost or late")}, {File.ReadLines($"/proc/{place.Pid}/net/dev").Count() - 2} interfaces");
    });

    private static FaultCase OfNames(string fault, params string[] arguments) => new(fault, async playground =>
    {
        var place = await playground.StartNetworkAsync();
        return (["--pid", $"{place.Pid}", .. arguments], () => Packets.Ask(place, IPAddress.Loopback, DnsFaultTests.Question("some.name", 1)).IsAsked ? "asked" : "not asked");
    });

    private static FaultCase OfHttp(string fault, params string[] arguments) => new(fault, async playground =>
    {
        var place = await playground.StartNetworkAsync();
        var web = new WebPlace(place);
        playground.Keep(web);
        return (["--pid", $"{place.Pid}", "--port", $"{WebPlace.Port}", .. arguments], () =>
        {
            try
            {
                var began = TimeProvider.System.GetTimestamp();
                var answer = web.Ask("/");
                return TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMilliseconds(450) ? answer : "late";
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                return e.Message;
            }
        }
        );
    });

    private static FaultCase OfFile(string fault, Func<string, string[]> arguments) => Of(fault, playground =>
    {
        var file = Path.Combine(playground.Field, "app.conf");
        File.WriteAllText(file, "first line\nsecond line\n");
        return (arguments(file), () => Files(playground));
    });

    /// <summary>One that no other test uses.</summary>
    public static int NextPort() => Interlocked.Increment(ref _port);

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
