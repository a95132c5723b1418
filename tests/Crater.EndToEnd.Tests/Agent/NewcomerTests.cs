using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: what was hit goes, and something else comes in its place, under the same number, id, name or path; nothing is ever done to the newcomer.
/// Method: for every fault that has a target, once between the look at it and the act, and once while the fault is in place.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class NewcomerTests : IDisposable
{
    private const string Uid = "newcomer";

    private static readonly string[] OfNobody = ["cpu-burn", "cpu-load", "memory-fill", "disk-fill", "disk-burn", "port-occupy", "time-skew"];

    private readonly Playground _playground = new();

    public static TheoryData<string> OfProcesses => [.. Names.Where(name => !OfFiles.Contains(name) && !OfContainers.Contains(name) && !OfNobody.Contains(name))];

    public static TheoryData<string> OfInterfaces => [.. Names.Where(name => name.StartsWith("network-", StringComparison.Ordinal))];

    public static TheoryData<string> Containers => [.. OfContainers];

    private static IEnumerable<string> Names => HostFaults.All.Select(fault => fault.Description.Name);

    private static IReadOnlyList<string> OfFiles => [.. Names.Where(name => name.StartsWith("file-", StringComparison.Ordinal))];

    private static IReadOnlyList<string> OfContainers => [.. Names.Where(name => name.StartsWith("container-", StringComparison.Ordinal))];

    public void Dispose() => _playground.Dispose();

    [Theory]
    [MemberData(nameof(OfProcesses))]
    public async Task A_process_that_takes_the_number_before_the_act_is_not_hit(string fault)
    {
        var (arguments, _) = await FaultCase.Of(fault).Arrange(_playground);
        using var inject = _playground.Start("keeper:guardian-armed", ["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);
        await Wait.UntilAsync(() => _playground.Paused("keep") is not null, "the target has been looked at");
        var newcomer = await ReplaceAsync(arguments);
        var before = Newcomer.State(newcomer.Pid);

        _playground.Paused("keep")!.Value.Signal(Signals.Continue);

        await RefusedAsync(inject);
        Assert.True(newcomer.IsAlive);
        Assert.Equal(before, Newcomer.State(newcomer.Pid));
    }

    [Theory]
    [MemberData(nameof(OfProcesses))]
    public async Task A_process_that_takes_the_number_meanwhile_is_left_alone_by_recovery(string fault)
    {
        var (arguments, look) = await FaultCase.Of(fault).Arrange(_playground);
        await InjectAsync(fault, arguments);
        var limits = LimitsOf(arguments);
        var newcomer = await ReplaceAsync(arguments);
        await DisguiseAsync(newcomer, limits);
        var (before, seen) = (Newcomer.State(newcomer.Pid), IsOfPackets(fault) ? look() : "");

        await RecoverAsync();

        Assert.True(newcomer.IsAlive);
        Assert.Equal(before, Newcomer.State(newcomer.Pid));
        Assert.Equal(seen, IsOfPackets(fault) ? look() : "");
    }

    [Theory]
    [MemberData(nameof(OfInterfaces))]
    public async Task An_interface_that_takes_the_name_meanwhile_is_left_alone(string fault)
    {
        var place = await _playground.StartNetworkAsync();
        await PairAsync(place);
        string[] own = fault switch
        {
            "network-delay" or "network-reorder" => ["--latency", "100ms"],
            "network-bandwidth" => ["--rate", "800kbit"],
            "network-partition" => [],
            _ => ["--percent", "50"],
        };
        await InjectAsync(fault, ["--pid", $"{place.Pid}", "--interface", "here0", .. own]);
        await IpAsync(place, "link", "delete", "here0");
        await PairAsync(place);
        await ToolAsync(place, "tc", "qdisc", "add", "dev", "here0", "root", "handle", "7:", "tbf", "rate", "1mbit", "burst", "10kb", "latency", "50ms");
        var before = await LinksAsync(place);

        await RecoverAsync();

        Assert.Contains("tbf 7:", before, StringComparison.Ordinal);
        Assert.Equal(before, await LinksAsync(place));
        Assert.Equal("", await ToolAsync(place, "nft", "list", "tables"));
    }

    [Theory]
    [InlineData("file-create", 4)]
    [InlineData("file-append", 0)]
    [InlineData("file-modify", 4)]
    [InlineData("file-delete", 4)]
    [InlineData("file-move", 4)]
    [InlineData("file-chmod", 0)]
    public async Task A_file_that_takes_the_path_meanwhile_stays_as_it_is(string fault, int code)
    {
        var (arguments, _) = await FaultCase.Of(fault).Arrange(_playground);
        var path = arguments[Array.FindIndex(arguments, argument => argument is "--path" or "--src") + 1];
        await InjectAsync(fault, arguments);
        var other = path + ".other";
        await File.WriteAllTextAsync(other, "of somebody else", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(other, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.Move(other, path, overwrite: true);
        var newcomer = FileState.Of(path)!.Value;

        var answer = await _playground.RunAsync("recover", Uid);

        Assert.True(answer.Code == code, answer.ToString());
        Assert.Equal((newcomer.Inode, newcomer.Permissions, "of somebody else"), (FileState.Of(path)!.Value.Inode, FileState.Of(path)!.Value.Permissions, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        if (code != 0)
        {
            Assert.Contains($"{Uid}: RESIDUE: ", answer.Out, StringComparison.Ordinal);
            Assert.Contains("look with: ", answer.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task A_container_that_is_started_anew_before_the_act_is_not_hit(string fault)
    {
        var (container, arguments) = await ContainerAsync(fault);
        using var inject = _playground.Start("keeper:guardian-armed", ["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);
        await Wait.UntilAsync(() => _playground.Paused("keep") is not null, "the container has been looked at");
        await container.RestartAsync();

        _playground.Paused("keep")!.Value.Signal(Signals.Continue);

        await RefusedAsync(inject);
        Assert.True(container.Process.IsAlive);
        Assert.False(Crater.Agent.Places.Freezer.Of(container.Group("freezer"))!.IsAsked);
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task A_container_that_is_started_anew_meanwhile_is_left_alone_by_recovery(string fault)
    {
        var (container, arguments) = await ContainerAsync(fault);
        await InjectAsync(fault, arguments);
        await container.RestartAsync();

        await RecoverAsync();

        Assert.True(container.Process.IsAlive);
        Assert.False(Crater.Agent.Places.Freezer.Of(container.Group("freezer"))!.IsAsked);
    }

    private static bool IsOfPackets(string fault) => fault.StartsWith("network-", StringComparison.Ordinal);

    private static bool HasNetwork(string fault) => IsOfPackets(fault) || fault.StartsWith("dns-", StringComparison.Ordinal) || fault.StartsWith("http-", StringComparison.Ordinal);

    private static int PidOf(string[] arguments) => int.Parse(arguments[Array.IndexOf(arguments, "--pid") + 1], CultureInfo.InvariantCulture);

    // As the fault has made them, so that a recovery that goes by numbers would find its own work.
    private static string[] LimitsOf(string[] arguments) => !File.Exists($"/proc/{PidOf(arguments)}/limits") ? []
        : [.. File.ReadLines($"/proc/{PidOf(arguments)}/limits").Where(line => line.StartsWith("Max open files", StringComparison.Ordinal)).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5])];

    private async Task<ProcessIdentity> ReplaceAsync(string[] arguments)
    {
        await _playground.EndVictimsAsync();
        return await Newcomer.StartAsync(_playground, PidOf(arguments), HasNetwork(_playground.State.All().Single().Read().Fault));
    }

    private static async Task DisguiseAsync(ProcessIdentity newcomer, string[] limits)
    {
        if (limits is [var soft, var hard])
        {
            Assert.Equal(0, (await RunAsync("/usr/bin/prlimit", "--pid", $"{newcomer.Pid}", $"--nofile={soft}:{hard}")).Code);
        }

        await File.WriteAllTextAsync($"/proc/{newcomer.Pid}/oom_score_adj", "500", TestContext.Current.CancellationToken);
        newcomer.Signal(Signals.Stop);
        await Wait.UntilAsync(() => ProcessStat.Read(newcomer.Pid) is { IsStopped: true }, "the newcomer is stopped");
    }

    private async Task<(TestContainer Container, string[] Arguments)> ContainerAsync(string fault)
    {
        var container = await _playground.StartContainerAsync(fault == "container-restart" ? "podman" : "runc");
        string[] more = fault switch { "container-remove" => ["--container-runtime", "runc"], "container-restart" => ["--wait-time", "0"], _ => [] };
        return (container, ["--container", container.Id, .. more]);
    }

    private Task<Answer> InjectAsync(string fault, string[] arguments) => _playground.DoneAsync(["inject", fault, "--uid", Uid, "-t", "60s", .. arguments]);

    private async Task RecoverAsync()
    {
        var answer = await _playground.RunAsync("recover", Uid);
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.Empty(_playground.State.Claims.Holders());
    }

    private async Task RefusedAsync(CraterProcess inject)
    {
        var answer = await inject.EndAsync();
        Assert.True(answer.Code == 3, answer.ToString());
        Assert.StartsWith("CRT", answer.Error, StringComparison.Ordinal);
        Assert.Equal(InjectionStatus.Failed, _playground.Record(Uid).Status);
        Assert.Empty(_playground.State.Claims.Holders());
    }

    private static async Task PairAsync(ProcessIdentity place)
    {
        await IpAsync(place, "link", "add", "here0", "type", "veth", "peer", "name", "there0");
        await IpAsync(place, "link", "set", "here0", "up");
    }

    private static async Task<string> LinksAsync(ProcessIdentity place) => $"{await ToolAsync(place, "tc", "qdisc", "show", "dev", "here0")}\n{await ToolAsync(place, "tc", "filter", "show", "dev", "here0")}";

    private static Task<string> IpAsync(ProcessIdentity place, params string[] arguments) => ToolAsync(place, "ip", arguments);

    private static async Task<string> ToolAsync(ProcessIdentity place, string tool, params string[] arguments)
    {
        var program = new[] { $"/usr/sbin/{tool}", $"/sbin/{tool}" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, $"{tool} is missing, with which the network namespace is looked at");
        var answer = await RunAsync(["/usr/bin/nsenter", $"--net=/proc/{place.Pid}/ns/net", program!, .. arguments]);
        Assert.True(answer.Code == 0, answer.ToString());
        return answer.Out.Trim();
    }

    private static async Task<Answer> RunAsync(params string[] vector)
    {
        using var process = CraterProcess.Start("/", new Dictionary<string, string>(), vector);
        return await process.EndAsync();
    }
}
