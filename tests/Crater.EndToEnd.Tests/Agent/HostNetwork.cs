using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A network of the test's own: a namespace with a bridge, in which craterctl runs, and hosts that are cabled to it. It is gone with the processes that it stands on.</summary>
internal sealed class HostNetwork : IDisposable
{
    private readonly List<Process> _namespaces = [];
    private int _middle;

    private HostNetwork() { }

    public static async Task<HostNetwork> StartAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root is missing, which network namespaces of one's own need");
        foreach (var tool in new[] { "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/python3" })
        {
            Assert.SkipUnless(File.Exists(tool), $"{tool} is missing, of which the hosts of this test are made");
        }

        Assert.SkipUnless(File.Exists(Ip), "ip is missing, of which the network of this test is made");
        var network = new HostNetwork();
        network._middle = await network.NewNamespaceAsync(["--net"]);
        await network.IpAsync(network._middle, "link", "add", "br0", "type", "bridge");
        await network.IpAsync(network._middle, "addr", "add", "10.77.0.1/24", "dev", "br0");
        await network.IpAsync(network._middle, "link", "set", "br0", "up");
        return network;
    }

    /// <summary>The vector that starts a program where craterctl is.</summary>
    public IReadOnlyList<string> InTheMiddle(params string[] vector) => ["/usr/bin/nsenter", "-t", Text(_middle), "-n", "--", .. vector];

    /// <summary>Makes a host with processes, mounts and a network of its own.</summary>
    /// <returns>Its first process, which sleeps and with which everything on it ends.</returns>
    public async Task<int> AddHostAsync(string name, string address)
    {
        var init = await NewNamespaceAsync(["--net", "--pid", "--mount-proc", "--fork", "--kill-child"]);
        await IpAsync(_middle, "link", "add", $"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", Text(init));
        await IpAsync(_middle, "link", "set", $"to-{name}", "master", "br0");
        await IpAsync(_middle, "link", "set", $"to-{name}", "up");
        await IpAsync(init, "addr", "add", $"{address}/24", "dev", "eth0");
        await IpAsync(init, "link", "set", "eth0", "up");
        return init;
    }

    /// <summary>Pulls the cable of a host, or puts it back.</summary>
    public Task CableAsync(string name, bool isPlugged) => IpAsync(_middle, "link", "set", $"to-{name}", isPlugged ? "up" : "down");

    /// <summary>Something done inside the network of a process, such as opening a port there.</summary>
    public static T Inside<T>(int pid, Func<T> act) => NetworkNamespace.Inside($"/proc/{Text(pid)}/ns/net", act);

    public void Dispose()
    {
        foreach (var process in Enumerable.Reverse(_namespaces))
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private static string Ip { get; } = File.Exists("/usr/sbin/ip") ? "/usr/sbin/ip" : "/sbin/ip";

    private async Task<int> NewNamespaceAsync(IReadOnlyList<string> kinds)
    {
        var process = Process.Start(new ProcessStartInfo("/usr/bin/unshare", [.. kinds, "/bin/sleep", "1200"]))!;
        _namespaces.Add(process);
        var isForked = kinds.Contains("--fork");
        int? Init() => ProcessStat.All().Where(stat => stat.Name == "sleep" && (isForked ? stat.Parent : stat.Pid) == process.Id).Select(stat => (int?)stat.Pid).FirstOrDefault();
        await Wait.UntilAsync(() => Init() is not null, "the namespace is there");
        var init = Init()!.Value;
        await IpAsync(init, "link", "set", "lo", "up");
        return init;
    }

    private static async Task RunAsync(IReadOnlyList<string> vector)
    {
        using var tool = Process.Start(new ProcessStartInfo(vector[0], vector.Skip(1)) { RedirectStandardError = true })!;
        var said = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(tool.ExitCode == 0, $"{string.Join(' ', vector)}: {said}");
    }

    // Only ever inside a namespace that was made above: the machine's own network is not named here.
    private Task IpAsync(int pid, params string[] arguments) => RunAsync(["/usr/bin/nsenter", "-t", Text(pid), "-n", "--", Ip, .. arguments]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
