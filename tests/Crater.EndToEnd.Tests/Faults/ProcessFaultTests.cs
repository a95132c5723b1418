using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.EndToEnd.Tests.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

public sealed class ProcessFaultTests(FaultLab lab) : IClassFixture<FaultLab>
{
    private const double Mebibyte = 1024 * 1024;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_freezes_the_children_too_and_lets_exactly_them_go_on()
    {
        const string Child = "sleep\u0000987.125";
        await StartAsync("parent", """["sh", "-c", "sleep 987.125 & sleep 987.125 & wait"]""");
        await LabFixture.UntilAsync(() => ProcessCount.Of(Child) == 2, "both children run");
        var held = await lab.InjectAsync("process-stop", "parent");
        Assert.Equal("TT", States(Child));
        await lab.RecoverAsync(held);

        // Not asserted at once: what goes on may be on a processor (R) before it sleeps again.
        await LabFixture.UntilAsync(() => States(Child) == "SS", "both children sleep again");
    }

    [Fact]
    public async Task A_stopped_server_keeps_its_callers_waiting_and_answers_them_after_recovery()
    {
        var held = await lab.InjectAsync("process-stop", "web");
        var call = lab.CallAsync("near", "web");
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
        Assert.False(call.IsCompleted);
        await lab.RecoverAsync(held);
        Assert.Equal("200", (await call).Outcome);
        await lab.AnswersAsync("web");
    }

    [Fact]
    public async Task A_burn_uses_the_asked_share_of_a_core()
    {
        const double Asked = 0.30;
        await StartAsync("burnt", """["sleep", "1000"]""");
        var held = await lab.InjectAsync("cpu-burn", "burnt", ("percent", "30"));
        await LabFixture.UntilAsync(() => CoresOf("burnt") > 0.02, "the worker has begun");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Stop);
        List<double> cores = [];
        for (var i = 0; i < 6; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
            cores.Add(CoresOf("burnt"));
        }

        await lab.RecoverAsync(held);
        TestContext.Current.SendDiagnosticMessage($"asked {Asked}, got {cores.Average():0.000} cores");
        Assert.InRange(cores.Average(), IsQuiet() ? Asked - 0.05 : 0.02, Asked + 0.05);
    }

    [Theory]
    [InlineData("bytes", "150Mi", 150)]
    [InlineData("percent", "60", 120)]
    public async Task A_fill_makes_the_asked_memory_resident(string parameter, string value, double mebibytes)
    {
        var name = $"filled-{parameter}";
        await StartAsync(name, """["sleep", "1000"]""", """, "resources": {"limits": {"memory": "200Mi"}}""");
        var held = await lab.InjectAsync("memory-fill", name, (parameter, value));

        // The node looks twice a second: what it says may still be from before.
        await LabFixture.UntilAsync(() => BytesOf(name) > mebibytes * 0.95 * Mebibyte, "a look has seen it");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Stop);
        var got = BytesOf(name) / Mebibyte;
        await lab.RecoverAsync(held);
        TestContext.Current.SendDiagnosticMessage($"asked {mebibytes} MiB, got {got:0.0} MiB");
        Assert.InRange(got, mebibytes * 0.95, mebibytes * 1.05);
    }

    [Fact]
    public async Task A_fill_over_the_limit_gets_the_container_killed_and_started_again()
    {
        await StartAsync("small", """["sleep", "1000"]""", """, "resources": {"limits": {"memory": "120Mi"}}""");
        var held = await lab.InjectAsync("memory-fill", "small", ("bytes", "200Mi"));
        var pod = await lab.Cluster.UntilAsync("small", found => (string?)found.State("lastState")?["terminated"]?["reason"] == "OOMKilled" && found.IsReady());
        Assert.Equal(1, (int)pod["status"]!["containerStatuses"]![0]!["restartCount"]!);
        Assert.Equal(Presence.Absent, await lab.PresenceAsync(held));
        await lab.RecoverAsync(held);
    }

    private async Task StartAsync(string name, string command, string more = "")
    {
        lab.Cluster.Store.Create("pods", LabFixture.Pod(name, command, more));
        await lab.Cluster.UntilAsync(name, pod => pod.IsReady());
    }

    private double CoresOf(string pod) => lab.Cluster.Usage().Where(used => used.Pod == pod).Sum(used => used.Cores);

    private long BytesOf(string pod) => lab.Cluster.Usage().Where(used => used.Pod == pod).Sum(used => used.Bytes);

    /// <summary>The states of processes as the kernel writes them after the program's name: T is stopped.</summary>
    private static string States(string arguments) => string.Concat(ProcessCount.Find(arguments)
        .Select(pid => File.ReadAllText($"/proc/{pid}/stat")).Select(line => line[line.LastIndexOf(')') + 2]));

    /// <summary>A machine with more to do than processors gives nobody the share that was asked for.</summary>
    private static bool IsQuiet() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) < Environment.ProcessorCount;
}
