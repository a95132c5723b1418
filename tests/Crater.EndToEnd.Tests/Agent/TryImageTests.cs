using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The image for a five-minute try does what docs/five-minutes.md shows, in podman.</summary>
public sealed class TryImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-try-").FullName;

    private string Name => Path.GetFileName(_folder).ToLowerInvariant();

    private string Image => $"localhost/{Name}:test";

    public void Dispose()
    {
        PodmanAsync("rm", "-f", "-t", "0", "-i", Name).GetAwaiter().GetResult();
        PodmanAsync("rmi", "-f", "-i", Image).GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_fault_in_the_container_is_seen_taken_off_and_proven_gone()
    {
        var archive = Path.Combine(Checkout.Root, "dist", "crater-try.tar.gz");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root is missing, which a privileged container needs");
        Assert.SkipUnless(File.Exists("/usr/bin/podman"), "podman is missing (Debian package podman)");
        Assert.SkipUnless(File.Exists(archive), "dist/crater-try.tar.gz is missing: scripts/try-image.sh builds it");
        var import = await PodmanAsync("import", "-c", "ENTRYPOINT [\"/usr/local/bin/crater-try\"]", "-c", "ENV PATH=/usr/local/bin:/usr/bin:/bin", archive, Image);
        Assert.True(import.Code == 0, import.ToString());
        // Where podman itself may not raise the limits that it gives to containers.
        var files = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        var run = await PodmanAsync("run", "-d", "--privileged", "--network", "none", "--ulimit", $"nofile={files}:{files}", "--ulimit", "nproc=1000:1000", "--name", Name, Image);
        Assert.SkipUnless(run.Code == 0, $"a privileged podman container cannot be had here: {run.Error.Trim()}");
        await Wait.UntilAsync(async () => (await InsideAsync("wget", "-qO-", "http://127.0.0.1:7070/ready")).Code == 0, "the victim answers", Wait.Patience);

        Assert.Equal(0, (await InsideAsync("craterd", "inject", "http-status", "--port", "7070", "--path", "/ready", "--status", "503", "--uid", "first-fault", "-t", "10m")).Code);
        Assert.Contains("503", (await InsideAsync("wget", "-S", "-qO-", "http://127.0.0.1:7070/ready")).Error, StringComparison.Ordinal);
        Assert.Contains("first-fault  injected", (await InsideAsync("craterd", "query")).Out, StringComparison.Ordinal);
        Assert.StartsWith("first-fault: clean", (await InsideAsync("craterd", "recover", "first-fault")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await InsideAsync("wget", "-qO-", "http://127.0.0.1:7070/ready")).Code);
        Assert.Equal("Nothing is left.", (await InsideAsync("craterd", "residue")).Out.Trim());
        // What needs no privilege has none.
        var lab = await PodmanAsync("exec", "--user", "crater", "-e", "HOME=/srv/crater", Name, "craterctl", "catalog", "--json");
        Assert.True(lab.Code == 0, lab.ToString());
    }

    private Task<Answer> InsideAsync(params string[] vector) => PodmanAsync(["exec", Name, .. vector]);

    private async Task<Answer> PodmanAsync(params string[] arguments)
    {
        using var podman = CraterProcess.Start(_folder, new Dictionary<string, string>(), ["/usr/bin/env", "podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", .. arguments]);
        return await podman.EndAsync();
    }
}
