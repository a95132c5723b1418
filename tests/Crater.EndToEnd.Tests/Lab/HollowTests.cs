using System.Text.Json.Nodes;
using Crater.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class HollowTests
{
    [Fact]
    public async Task A_pod_on_a_hollow_node_is_ready_without_a_process_and_goes_when_it_is_deleted()
    {
        await using var lab = await StartAsync();
        lab.Store.Create("pods", Pod("shell", "hollow1"));
        var pod = await lab.UntilAsync("shell", pod => pod.IsReady());
        Assert.Equal("Running", (string?)pod["status"]!["phase"]);
        Assert.StartsWith("hollow://", (string?)pod["status"]!["containerStatuses"]![0]!["containerID"], StringComparison.Ordinal);
        Assert.Empty(lab.Kubelet.Runs);
        lab.Store.Modify("pods", "default", "shell", stored => stored["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        await LabFixture.UntilAsync(() => lab.Store.Get("pods", "default", "shell") is null, "the pod is gone");
    }

    [Fact]
    public async Task Another_image_in_a_hollow_pod_counts_as_a_restart()
    {
        await using var lab = await StartAsync();
        lab.Store.Create("pods", Pod("shell", "hollow1"));
        await lab.UntilAsync("shell", pod => pod.IsReady());
        lab.Store.Modify("pods", "default", "shell", stored => stored["spec"]!["containers"]![0]!["image"] = "another:2");
        await lab.UntilAsync("shell", pod => (int?)pod["status"]!["containerStatuses"]![0]!["restartCount"] == 1);
    }

    [Fact]
    public async Task Only_pods_that_tolerate_it_are_scheduled_to_a_hollow_node()
    {
        await using var lab = await StartAsync();
        var willing = Pod("willing", null);
        willing["spec"]!["tolerations"] = new JsonArray(new JsonObject { ["key"] = "lab.crater.dev/hollow", ["operator"] = "Exists" });
        willing["spec"]!["nodeSelector"] = new JsonObject { ["lab.crater.dev/hollow"] = "true" };
        var unwilling = Pod("unwilling", null);
        unwilling["spec"]!["nodeSelector"] = new JsonObject { ["lab.crater.dev/hollow"] = "true" };
        lab.Store.Create("pods", willing);
        lab.Store.Create("pods", unwilling);
        await lab.UntilAsync("willing", pod => pod.IsReady());
        var left = await lab.UntilAsync("unwilling", pod => pod["status"]?["conditions"] is not null);
        Assert.Contains("untolerated taint(s)", (string?)left["status"]!["conditions"]![0]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_on_a_node_that_is_not_there_stays_pending()
    {
        await using var lab = await StartAsync();
        lab.Store.Create("pods", Pod("lost", "node9"));
        lab.Store.Create("pods", Pod("found", "hollow1"));
        await lab.UntilAsync("found", pod => pod.IsReady());
        Assert.Null(lab.Store.Get("pods", "default", "lost")!["status"]?["containerStatuses"]);
        Assert.Empty(lab.Kubelet.Runs);
    }

    private static Task<LabCluster> StartAsync() =>
        LabCluster.StartAsync(new LabOptions { Nodes = 1, HollowNodes = 1, Tool = LabFixture.Tool }, TestContext.Current.CancellationToken);

    private static JsonObject Pod(string name, string? node)
    {
        var pod = LabFixture.Pod(name, "[]", image: "nowhere/nothing:1");
        pod["spec"]!.AsObject().Remove("nodeName");
        if (node is not null)
        {
            pod["spec"]!["nodeName"] = node;
        }

        return pod;
    }
}
