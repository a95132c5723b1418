using System.Security.Cryptography;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>The images as scripts/images.sh makes them, in podman: nobody's user, no capability, and a root file system that cannot be written to.</summary>
public sealed class ImageTests : OperatorBench
{
    private const string Version = "0.1.0";

    [Fact]
    public async Task Server_and_craterctl_are_nobody_and_say_what_they_lack_and_the_agent_knows_its_host()
    {
        await LoadAsync("server", "craterctl", "agent");
        var server = await RunAsync([], $"localhost/crater/server:{Version}", "operator");
        Assert.Equal(5, server.Code);
        Assert.Contains("error CRT5001", server.Error, StringComparison.Ordinal);
        Assert.Equal("1654", (await PodmanAsync("image", "inspect", $"localhost/crater/server:{Version}", "--format", "{{.Config.User}}")).Out.Trim());
        var craterctl = await RunAsync([], $"localhost/crater/craterctl:{Version}", "--version");
        Assert.True(craterctl.Code == 0 && craterctl.Out.StartsWith(Version, StringComparison.Ordinal), craterctl.ToString());
        // Without a capability it can do little, and says of each fault what is missing.
        var agent = await RunAsync([], $"localhost/crater/agent:{Version}", "check");
        Assert.Contains("cpu-burn: yes", agent.Out, StringComparison.Ordinal);
        Assert.Contains("CAP_NET_ADMIN", agent.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_image_of_the_server_is_an_operator_that_runs_an_experiment()
    {
        await LoadAsync("server");
        var kubeconfig = Path.Combine(Folder, "for-anybody");
        await File.WriteAllTextAsync(kubeconfig, Cluster.KubeconfigText, Stop);      // the user in the container has to read it
        var name = $"crater-image-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var running = RunAsync(["--network", "host", "--name", name, "--volume", $"{kubeconfig}:/kubeconfig:ro", "--tmpfs", "/tmp"], $"localhost/crater/server:{Version}", "operator", "--kubeconfig", "/kubeconfig", "--listen", $"127.0.0.1:{FreePort()}");
        try
        {
            await MapAsync("carts");
            await CreateAsync(Tamper("carts", "1s"));
            await UntilAsync(async () => running.IsCompleted || (await ReadAsync("carts"))["status"] is not null, "the operator sees it");
            Assert.False(running.IsCompleted, running.IsCompleted ? (await running).ToString() : "");
            await PhaseAsync("carts", "Completed");
            Assert.Equal("calm", await ModeAsync("carts"));
        }
        finally
        {
            await PodmanAsync("stop", "--time", "30", name);
        }

        Assert.Equal(0, (await running).Code);
    }

    private async Task LoadAsync(params string[] names)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root is missing, which these containers need");
        Assert.SkipUnless(File.Exists("/usr/bin/podman"), "podman is missing (Debian package podman)");
        foreach (var name in names)
        {
            var archive = Path.Combine(Checkout.Root, "dist", "images", $"{name}.tar.gz");
            Assert.SkipUnless(File.Exists(archive), $"{archive} is missing: scripts/images.sh builds it");
            var loaded = await PodmanAsync("load", "--quiet", "--input", archive);
            Assert.True(loaded.Code == 0, loaded.ToString());
        }
    }

    private async Task<Answer> RunAsync(IReadOnlyList<string> options, params string[] vector)
    {
        // Where podman itself may not raise the limits that it gives to containers.
        var files = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        string[] network = options.Contains("--network") ? [] : ["--network", "none"];
        return await PodmanAsync(["run", "--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--ulimit", $"nofile={files}:{files}", "--ulimit", "nproc=1000:1000", .. network, .. options, .. vector]);
    }

    private async Task<Answer> PodmanAsync(params string[] arguments)
    {
        using var podman = CraterProcess.Start(Folder, new Dictionary<string, string>(), ["/usr/bin/env", "podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", .. arguments]);
        return await podman.EndAsync();
    }
}
