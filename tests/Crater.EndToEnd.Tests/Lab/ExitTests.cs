using System.Text.Json.Nodes;
using Crater.Lab;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>However often and in whatever way a process ends, the lab notices.</summary>
public sealed class ExitTests
{
    internal const int Rounds = 200;
    internal const int SigAbort = 6;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_ends_by_itself_is_started_again_each_time()
    {
        await using var lab = await LabFixture.StartAsync(backOff: "1ms");
        lab.Store.Create("pods", LabFixture.Pod("brief", """["sh", "-c", "exit 3"]"""));
        JsonObject? pod = null;
        for (var round = 1; round <= Rounds; round++)
        {
            pod = await UntilAsync(lab, "brief", pod => Restarts(pod) >= round);
        }

        Assert.Equal(3, (int?)pod!.State("lastState")!["terminated"]!["exitCode"]);
    }

    [Fact]
    public async Task A_container_that_a_signal_ends_is_started_again_each_time_with_that_signal_in_its_status()
    {
        await using var lab = await LabFixture.StartAsync(backOff: "1ms");
        lab.Store.Create("pods", LabFixture.Pod("victim", """["sleep", "985.25"]"""));
        for (var round = 0; round < Rounds; round++)
        {
            var running = await UntilAsync(lab, "victim", pod => Restarts(pod) == round && pod.State()?["running"] is not null);
            var signal = round % 2 == 0 ? Native.SigKill : SigAbort;
            var pid = int.Parse(((string?)running!["status"]!["containerStatuses"]![0]!["containerID"])!.Split('/')[2].Split('@')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(ProcessId.Of(pid)!.Value.Signal(signal));
            var again = await UntilAsync(lab, "victim", pod => Restarts(pod) == round + 1);
            Assert.Equal(128 + signal, (int?)again!.State("lastState")!["terminated"]!["exitCode"]);
        }
    }

    [Fact]
    public async Task A_pod_with_a_hook_and_probes_goes_each_time_it_is_deleted()
    {
        const int Together = 10;
        await using var lab = await LabFixture.StartAsync();
        for (var round = 0; round < Rounds / Together; round++)
        {
            var names = Enumerable.Range(0, Together).Select(number => $"web-{round}-{number}").ToList();
            foreach (var name in names)
            {
                lab.Store.Create("pods", LabFixture.Pod(name, """["python3", "-m", "http.server", "--bind", "$(POD_IP)", "8080"]""", """
                    , "lifecycle": {"preStop": {"httpGet": {"path": "/", "port": 8080}}},
                    "livenessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1, "initialDelaySeconds": 5},
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
                    """));
            }

            foreach (var name in names)
            {
                await UntilAsync(lab, name, pod => pod.IsReady());
                new Crater.Lab.Store.ObjectDeletion(lab.Store, TimeProvider.System).Delete("pods", "default", name, new());
            }

            foreach (var name in names)
            {
                await UntilAsync(lab, name, _ => false);
            }
        }
    }

    [Fact]
    public async Task A_part_that_dies_ends_the_lab_and_is_named()
    {
        await using var lab = await LabFixture.StartAsync();
        using var console = new StringWriter();
        var ending = LabHost.WatchOverAsync(lab, console, (_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop), Stop);

        // No folder can have this name; the API would have refused it.
        lab.Store.Create("pods", LabFixture.Pod("a\\u0000b", "[]"));
        Assert.Equal(5, await ending.WaitAsync(LabFixture.Patience, TimeProvider.System, Stop));
        Assert.Contains("CRT6509", console.ToString(), StringComparison.Ordinal);
        Assert.Contains("kubelet", console.ToString(), StringComparison.Ordinal);
    }

    private static int Restarts(JsonObject pod) => (int?)pod["status"]?["containerStatuses"]?[0]?["restartCount"] ?? 0;

    /// <returns>Null when the pod is gone.</returns>
    private static async Task<JsonObject?> UntilAsync(LabCluster lab, string pod, Func<JsonObject, bool> holds)
    {
        JsonObject? found = null;
        await LabFixture.UntilAsync(() => (found = lab.Store.Get("pods", "default", pod)) is null || holds(found), $"pod {pod} gets there");
        return found;
    }
}
