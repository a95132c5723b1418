using System.Text.Json.Nodes;
using Crater.Lab.Api.Ownership;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>
/// Pods of hollow nodes: objects of the API that are Running and Ready without any process behind them, for tests of size. Nothing is kept about
/// them but what stands in the store, so that ten thousand of them cost what ten thousand objects cost.
/// </summary>
internal sealed class HollowPods(ResourceStore store, IPodAddresses addresses, TimeProvider clock)
{
    /// <summary>A node with this label, set to <c>true</c>, is hollow; the lab's own hollow nodes have a NoSchedule taint of the same name too.</summary>
    public const string Label = "lab.crater.dev/hollow";

    public static bool IsHollow(JsonNode? node) => node.Text("metadata", "labels", Label) == "true";

    /// <summary>Brings the status of one pod to what it would be if its containers ran; takes away one that ends.</summary>
    public void See(JsonObject pod, JsonObject node)
    {
        if (pod.IsEnding())
        {
            // No process has to be waited for.
            store.RemoveIfSame("pods", pod);
            return;
        }

        if (pod.Text("status", "phase") is "Succeeded" or "Failed" || IsAsItRuns(pod))
        {
            return;
        }

        var uid = pod.Uid();
        var address = pod.Text("status", "podIP") is { Length: > 0 } known ? known : addresses.Take();
        store.Modify("pods", pod.Space(), pod.Name(), stored =>
        {
            if (stored.Uid() == uid)
            {
                StatusWrites.Change("pods", stored, "kubelet", clock.GetUtcNow(), changed => Fill(changed, node, address, clock.GetUtcNow().Stamp()));
            }
        });
    }

    /// <summary>The object is gone: its address may be another's.</summary>
    public void Forget(JsonObject pod)
    {
        if (pod.Text("status", "podIP") is { Length: > 0 } address)
        {
            addresses.GiveBack(address);
        }
    }

    /// <summary>Whether every container has its status with the image that it is to have, so that most changes of a pod cost no write.</summary>
    private static bool IsAsItRuns(JsonObject pod) => pod.Text("status", "phase") == "Running"
        && pod.Each("spec", "containers").All(container => StatusOf(pod, container).Text("image") == container.Text("image"));

    private static JsonObject? StatusOf(JsonObject pod, JsonObject container) =>
        pod.Each("status", "containerStatuses").FirstOrDefault(one => one.Text("name") == container.Text("name"));

    private static void Fill(JsonObject pod, JsonObject node, string address, string now)
    {
        var containers = pod.Each("spec", "containers").Select(container => (JsonNode)Running(pod, container, now)).ToArray();
        var inits = pod.Each("spec", "initContainers").Select(container => (JsonNode)Completed(container, now)).ToArray();
        var status = pod.Make("status");
        var host = node.Each("status", "addresses").FirstOrDefault(one => one.Text("type") == "InternalIP").Text("address");
        status["phase"] = "Running";
        if (host.Length > 0)
        {
            (status["hostIP"], status["hostIPs"]) = (host, new JsonArray(new JsonObject { ["ip"] = host }));
        }

        (status["podIP"], status["podIPs"]) = (address, new JsonArray(new JsonObject { ["ip"] = address }));
        status["startTime"] ??= now;
        status["qosClass"] ??= PodStatus.QualityOf(pod);
        status["containerStatuses"] = new JsonArray(containers);
        if (inits.Length > 0)
        {
            status["initContainerStatuses"] = new JsonArray(inits);
        }

        foreach (var type in (string[])["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"])
        {
            PodBinding.SetCondition(pod, new JsonObject { ["lastProbeTime"] = null, ["lastTransitionTime"] = now, ["status"] = "True", ["type"] = type });
        }
    }

    /// <summary>A container that runs; with another image than before it has been started once more.</summary>
    private static JsonObject Running(JsonObject pod, JsonObject container, string now)
    {
        var (before, image) = (StatusOf(pod, container), container.Text("image"));
        if (before is not null && before.Text("image") == image)
        {
            return before.DeepClone().AsObject();
        }

        var restarts = before is null ? 0 : before.Count(0, "restartCount") + 1;
        return new JsonObject
        {
            ["containerID"] = $"hollow://{pod.Uid()}/{container.Text("name")}/{restarts}",
            ["image"] = image,
            ["imageID"] = $"hollow://{image}",
            ["lastState"] = new JsonObject(),
            ["name"] = container.Text("name"),
            ["ready"] = true,
            ["restartCount"] = restarts,
            ["started"] = true,
            ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } },
        };
    }

    private static JsonObject Completed(JsonObject container, string now) => new()
    {
        ["image"] = container.Text("image"),
        ["imageID"] = $"hollow://{container.Text("image")}",
        ["lastState"] = new JsonObject(),
        ["name"] = container.Text("name"),
        ["ready"] = true,
        ["restartCount"] = 0,
        ["started"] = false,
        ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0, ["reason"] = "Completed", ["startedAt"] = now, ["finishedAt"] = now } },
    };
}
