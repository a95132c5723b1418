using System.Globalization;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A container of runc's on a host of these tests, whose only program sleeps; its processes are that host's as well, and end with it.</summary>
internal sealed class HostContainer : IDisposable
{
    private readonly string _bundle;
    private readonly int _host;

    private HostContainer(int host, string bundle) => (_host, _bundle) = (host, bundle);

    /// <summary>As its user called it.</summary>
    public string Id => Path.GetFileName(_bundle);

    private static string Runc { get; } = File.Exists("/usr/sbin/runc") ? "/usr/sbin/runc" : "/usr/bin/runc";

    /// <param name="host">The first process of the host.</param>
    public static async Task<HostContainer> StartAsync(int host, string folder)
    {
        Assert.SkipUnless(File.Exists(Runc), "runc is missing (Debian package runc)");
        Assert.SkipUnless(File.Exists("/bin/busybox"), "busybox is missing (Debian package busybox-static), of which the container's only file is made");
        var bundle = Directory.CreateDirectory(Path.Combine(folder, $"{Path.GetFileName(folder)}-box")).FullName;
        TestContainer.Fill(bundle);
        var container = new HostContainer(host, bundle);
        var answer = await container.RunAsync();
        Assert.SkipUnless(answer.Code == 0, $"a runc container cannot be had here: {File.ReadAllText($"{bundle}/log").Trim()}");
        return container;
    }

    /// <summary>running, paused or stopped, as runc itself sees it.</summary>
    public async Task<string> StatusAsync()
    {
        var answer = await OnHostAsync(Runc, "--root", $"{_bundle}/runc", "state", Id);
        Assert.True(answer.Code == 0, answer.ToString());
        return (string)JsonNode.Parse(answer.Out)!["status"]!;
    }

    /// <summary>Starts it anew, as a supervisor would.</summary>
    public async Task RestartAsync()
    {
        await OnHostAsync(Runc, "--root", $"{_bundle}/runc", "delete", "--force", Id);
        var answer = await RunAsync();
        Assert.True(answer.Code == 0, answer.ToString());
    }

    public void Dispose()
    {
        // Its control groups are the machine's, and would stay when the host ends.
        var answer = OnHostAsync(Runc, "--root", $"{_bundle}/runc", "delete", "--force", Id).GetAwaiter().GetResult();
        Assert.True(answer.Code == 0, answer.ToString());
    }

    // What is detached keeps the streams that it was started with, and they would never end.
    private Task<Answer> RunAsync() =>
        OnHostAsync("/bin/sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>\"$0\"", $"{_bundle}/log", Runc, "--root", $"{_bundle}/runc", "run", "-d", "--bundle", _bundle, Id);

    private async Task<Answer> OnHostAsync(params string[] vector)
    {
        using var process = CraterProcess.Start(_bundle, new Dictionary<string, string>(), ["/usr/bin/nsenter", "-t", _host.ToString(CultureInfo.InvariantCulture), "-n", "-p", "-m", "--", .. vector]);
        return await process.EndAsync();
    }
}
