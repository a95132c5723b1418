using System.Text.Json.Nodes;
using Crater.Lab.Api.Ownership;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Nodes;

/// <summary>Writes what a pod is into its status, as the kubelet does.</summary>
internal static class PodStatus
{
    public static void Write(ResourceStore store, PodRun run, TimeProvider clock)
    {
        var uid = run.Object.Uid();
        store.Modify("pods", run.Object.Space(), run.Object.Name(), pod =>
        {
            if (pod.Uid() == uid)
            {
                StatusWrites.Change("pods", pod, "kubelet", clock.GetUtcNow(), changed => Fill(changed, run, clock.GetUtcNow().Stamp()));
            }
        });
    }

    private static void Fill(JsonObject pod, PodRun run, string now)
    {
        if (pod["status"] is not JsonObject status)
        {
            pod["status"] = status = [];
        }

        var phase = PhaseOf(run);
        status["phase"] = phase;
        status["hostIP"] = run.HostAddress;
        status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = run.HostAddress });
        status["podIP"] = run.Address;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = run.Address });
        status["startTime"] = run.StartedAt.Stamp();
        status["qosClass"] ??= QualityOf(pod);
        status["containerStatuses"] = new JsonArray([.. run.Containers.Select(container => (JsonNode)StatusOf(pod, container, isWaitingForInit: !run.AreInitsDone && run.Inits.Count > 0))]);
        if (run.Inits.Count > 0)
        {
            status["initContainerStatuses"] = new JsonArray([.. run.Inits.Select(container => (JsonNode)StatusOf(pod, container, isWaitingForInit: false))]);
        }

        if (run.Ephemerals.Count > 0)
        {
            status["ephemeralContainerStatuses"] = new JsonArray([.. run.Ephemerals.Select(container => (JsonNode)EphemeralStatusOf(pod, container))]);
        }

        var unready = run.Containers.Where(container => !container.IsReady).Select(container => container.Name).ToList();
        var isComplete = phase == "Succeeded";
        var why = isComplete ? "PodCompleted" : "ContainersNotReady";
        var text = isComplete ? "" : $"containers with unready status: [{string.Join(' ', unready)}]";
        var conditions = status["conditions"] as JsonArray ?? [];
        Set(conditions, "PodReadyToStartContainers", phase is "Pending" or "Running", "", "", now);
        Set(conditions, "Initialized", run.AreInitsDone || run.Inits.Count == 0, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', run.Inits.Where(init => !init.IsOver).Select(init => init.Name))}]", now);
        Set(conditions, "Ready", unready.Count == 0, why, text, now);
        Set(conditions, "ContainersReady", unready.Count == 0, why, text, now);
        Set(conditions, "PodScheduled", true, "", "", now);
        if (status["conditions"] is null)
        {
            status["conditions"] = conditions;
        }
    }

    private static string PhaseOf(PodRun run)
    {
        if (run.IsFailed)
        {
            return "Failed";
        }

        if (run.Containers.All(container => container.IsOver && container.State is ContainerState.Terminated))
        {
            return run.Containers.All(container => container.State is ContainerState.Terminated { ExitCode: 0 }) ? "Succeeded" : "Failed";
        }

        // Once a container has run, its pod is Running, also while the container waits for its next start.
        return run.Containers.Any(container => container.State is not ContainerState.Waiting || container.Last is not null) ? "Running" : "Pending";
    }

    /// <summary>Nobody waits for it, so it is never ready.</summary>
    private static JsonObject EphemeralStatusOf(JsonObject pod, ContainerRun container)
    {
        var status = StatusOf(pod, container, isWaitingForInit: false);
        status["ready"] = false;
        status.Remove("started");
        return status;
    }

    private static JsonObject StatusOf(JsonObject pod, ContainerRun container, bool isWaitingForInit)
    {
        var image = container.Image.Length > 0
            ? container.Image
            : pod.Each("spec", "containers").Concat(pod.Each("spec", "initContainers")).Concat(pod.Each("spec", "ephemeralContainers")).FirstOrDefault(spec => spec.Text("name") == container.Name).Text("image");
        var json = new JsonObject
        {
            ["image"] = image,
            ["imageID"] = container.ContainerId.Length > 0 ? $"crater://{image}" : "",
            ["lastState"] = container.Last?.Json() ?? [],
            ["name"] = container.Name,
            ["ready"] = container.IsReady,
            ["restartCount"] = container.Restarts,
            ["started"] = container.HasStarted,
            ["state"] = isWaitingForInit && container.State is ContainerState.Waiting { Reason: "ContainerCreating" }
                ? new ContainerState.Waiting("PodInitializing").Json()
                : container.State.Json(),
        };
        if (container.ContainerId.Length > 0)
        {
            json["containerID"] = container.ContainerId;
        }

        return json;
    }

    private static void Set(JsonArray conditions, string type, bool holds, string reason, string message, string now)
    {
        var status = holds ? "True" : "False";
        var known = conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);
        if (known is null)
        {
            known = new JsonObject { ["lastProbeTime"] = null, ["lastTransitionTime"] = now, ["status"] = status, ["type"] = type };
            conditions.Add((JsonNode)known);
        }
        else if (known.Text("status") != status)
        {
            known["status"] = status;
            known["lastTransitionTime"] = now;
        }

        known.Remove("reason");
        known.Remove("message");
        if (!holds && reason.Length > 0)
        {
            known["reason"] = reason;
            if (message.Length > 0)
            {
                known["message"] = message;
            }
        }
    }

    public static string QualityOf(JsonObject pod)
    {
        var amounts = pod.Each("spec", "containers")
            .SelectMany(container => new[] { "cpu", "memory" }.Select(what => (Request: container.Text("resources", "requests", what), Limit: container.Text("resources", "limits", what))))
            .ToList();
        if (amounts.All(amount => amount is { Request: "", Limit: "" }))
        {
            return "BestEffort";
        }

        return amounts.All(amount => amount.Limit.Length > 0 && (amount.Request.Length == 0 || IsSame(amount.Request, amount.Limit))) ? "Guaranteed" : "Burstable";
    }

    private static bool IsSame(string a, string b) => Quantity.TryParse(a, out var x) && Quantity.TryParse(b, out var y) && x.Equals(y);
}
