using System.Diagnostics;
using System.Globalization;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>What craterd can do to a container on a host, a run can do to a pod; and each is looked at from outside.</summary>
public sealed class PodFaultTests(AgentLab lab) : IClassFixture<AgentLab>
{
    [Theory]
    [InlineData("cpu-load", "count: 2")]
    [InlineData("memory-fill", "bytes: 16Mi")]
    [InlineData("pod-network-latency", "delay: 30ms")]
    [InlineData("network-reorder", "latency: 20ms")]
    [InlineData("network-bandwidth", "rate: 10mbit")]
    [InlineData("dns-fail", "names: nowhere.test")]
    [InlineData("network-corrupt", "share: 0.1")]
    [InlineData("network-duplicate", "share: 0.1")]
    [InlineData("fd-exhaust", "left: 5")]
    [InlineData("nproc-exhaust", "left: 5")]
    [InlineData("container-pause", "")]
    [InlineData("port-occupy", "port: 9099")]
    [InlineData("http-delay", "delay: 100ms")]
    [InlineData("http-abort", "")]
    [InlineData("http-body", "body: nothing, port: 8080")]
    [InlineData("dns-override", "domain: nowhere.test, ip: 192.0.2.1")]
    [InlineData("disk-throttle", "device: HOME, read-io: 1000")]
    [InlineData("disk-hang", "device: HOME, mode: read")]
    [InlineData("disk-burn", "dir: HOME, size: 1Mi")]
    [InlineData("disk-fill", "bytes: 8Mi")]
    [InlineData("memory-oom", "")]
    [InlineData("file-append", "path: HOME/file, content: more")]
    [InlineData("file-modify", "path: HOME/file, content: other")]
    [InlineData("file-delete", "path: HOME/file")]
    [InlineData("file-move", "src: HOME/file, dst: HOME/moved")]
    [InlineData("file-chmod", "path: HOME/file, permission: '000'")]
    [InlineData("file-create", "path: HOME/new, content: it")]
    public async Task A_fault_is_put_on_a_pod_and_proven_gone(string fault, string arguments) =>
        await ProveAsync(fault, arguments, "namespace: work, labels: \"app=sleeper\"");

    /// <summary>The lab's nodes are this machine: what a node is hit with is small, or kept to a network that the test made.</summary>
    [Theory]
    [InlineData("cpu-burn", "percent: 5, count: 1")]
    [InlineData("cpu-load", "count: 1")]
    [InlineData("memory-fill", "bytes: 16Mi")]
    [InlineData("disk-fill", "bytes: 8Mi, dir: HOME")]
    [InlineData("network-loss", "percent: 10, netns: NETWORK")]
    [InlineData("network-delay", "latency: 30ms, netns: NETWORK")]
    public async Task A_fault_is_put_on_a_node_and_proven_gone(string fault, string arguments) => await ProveAsync(fault, arguments, "kind: node, name: node2");

    private async Task ProveAsync(string fault, string arguments, string target)
    {
        var desk = lab.NewDesk();
        var file = Path.Combine(desk.Folder, "file");
        await File.WriteAllTextAsync(file, "as it was\n", TestContext.Current.CancellationToken);
        var pod = (await lab.PodsAsync("work")).First(one => one.Name.StartsWith("sleeper", StringComparison.Ordinal));
        var given = arguments.Replace("HOME", desk.Folder, StringComparison.Ordinal).Replace("NETWORK", $"/proc/{InTheLab(First(pod))}/ns/net", StringComparison.Ordinal);

        // A second is too short for a verdict, and long enough to be seen in place.
        var answer = await desk.RunAsync("run", desk.Document(fault, given, "1s", target));

        Assert.True(answer.Code is 0 or 3, answer.ToString());
        Assert.True(answer.Out.Contains("in place: ", StringComparison.Ordinal) && answer.Out.Contains("everything is as it was", StringComparison.Ordinal), answer.ToString());
        Assert.Equal("as it was\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(["file"], Directory.GetFiles(desk.Folder).Select(Path.GetFileName).Where(name => !name!.EndsWith(".yaml", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Requests_to_a_pod_are_answered_with_a_status_while_the_fault_is_in_place_and_by_the_pod_afterwards()
    {
        var desk = lab.NewDesk();
        using var run = desk.Start("run", desk.Document("http-status", "status: 503", "6s"));
        List<SeenPod> pods = [.. (await lab.PodsAsync("work")).Where(pod => pod.Name.StartsWith("sleeper", StringComparison.Ordinal))];

        await Wait.UntilAsync(() => Task.FromResult(run.HasExited || pods.Any(pod => Ask(pod) == "503")), "a pod's requests are answered with 503", Wait.Patience);
        var answer = await run.EndAsync();

        Assert.True(answer.Code == 0, answer.ToString());
        Assert.All(pods, pod => Assert.Equal("200", Ask(pod)));
    }

    [Fact]
    public async Task A_container_that_is_killed_is_started_anew_and_counts_as_healed_when_it_is_ready()
    {
        var desk = lab.NewDesk();
        var before = (await lab.PodsAsync("work")).Sum(pod => pod.Restarts);

        var answer = await desk.RunAsync("run", desk.Document("container-kill", "", "4s"));

        Assert.True(answer.Code is 0 or 3, answer.ToString());
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        var after = await lab.PodsAsync("work");
        Assert.Equal(before + 1, after.Sum(pod => pod.Restarts));
        Assert.All(after, pod => Assert.True(pod.IsReady));
    }

    [Fact]
    public async Task A_pod_that_uses_its_nodes_network_is_not_cut_off()
    {
        await lab.SendAsync(HttpMethod.Post, "/api/v1/namespaces/work/pods", """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "onhost", "labels": {"app": "onhost"}},
             "spec": {"hostNetwork": true, "containers": [{"name": "main", "image": "host", "command": ["sleep", "3000"]}]}}
            """);
        await Wait.UntilAsync(async () => (await lab.PodsAsync("work")).Any(pod => pod is { Name: "onhost", IsReady: true }), "the pod is there", Wait.Patience);
        var desk = lab.NewDesk();

        var answer = await desk.RunAsync("run", desk.Document("network-partition", "", "4s", "namespace: work, labels: \"app=onhost\""));

        Assert.Equal(3, answer.Code);
        Assert.Contains("uses its node's network", answer.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing was injected", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_shares_the_hosts_network_without_saying_so_is_found_out_on_the_node()
    {
        await lab.SendAsync(HttpMethod.Post, "/api/v1/namespaces/work/pods", """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shared", "labels": {"app": "shared"}},
             "spec": {"containers": [{"name": "main", "image": "host", "command": ["sleep", "3000"]}]}}
            """);
        await Wait.UntilAsync(async () => (await lab.PodsAsync("work")).Any(pod => pod is { Name: "shared", IsReady: true }), "the pod is there", Wait.Patience);
        var desk = lab.NewDesk();

        var answer = await desk.RunAsync("run", desk.Document("network-partition", "", "4s", "namespace: work, labels: \"app=shared\""));

        Assert.Equal(3, answer.Code);
        Assert.Contains("has no network of its own", answer.Out, StringComparison.Ordinal);
    }

    /// <summary>The number that a process has in the lab's own pid namespace.</summary>
    private static string InTheLab(string pid) => File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t')[^1];

    private string First(SeenPod pod) => lab.Group(pod, "cpu", "cgroup.procs").Split('\n')[0];

    /// <summary>Asks the pod's server in its own network, as the status that comes back; empty for none.</summary>
    private string Ask(SeenPod pod)
    {
        if (!int.TryParse(First(pod), CultureInfo.InvariantCulture, out var pid))
        {
            return "";
        }

        var start = new ProcessStartInfo("/usr/bin/nsenter") { RedirectStandardOutput = true };
        foreach (var argument in (string[])["-t", $"{pid}", "-n", "--", "curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}", "http://127.0.0.1:8080/"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said.Trim();
    }
}
