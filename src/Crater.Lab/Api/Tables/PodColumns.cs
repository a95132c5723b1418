using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <summary>A pod in one line: the status word is put together as kubectl's server does it.</summary>
internal static class PodColumns
{
    public static readonly IReadOnlyList<Column> All =
    [
        Columns.Name,
        new("Ready", (pod, _) => $"{pod.Each("status", "containerStatuses").Count(one => one.Flag("ready"))}/{pod.Each("spec", "containers").Count()}"),
        new("Status", (pod, _) => StatusOf(pod)),
        new("Restarts", Restarts),
        Columns.Age,
        Columns.Text("IP", 1, "status", "podIP"),
        Columns.Text("Node", 1, "spec", "nodeName"),
        Columns.Text("Nominated Node", 1, "status", "nominatedNodeName"),
        new("Readiness Gates", (_, _) => "<none>", 1),
    ];

    public static string StatusOf(JsonObject pod)
    {
        var reason = pod.Text("status", "reason") is { Length: > 0 } given ? given : pod.Text("status", "phase");
        if (pod.Condition("PodScheduled") is { } scheduled && scheduled.Text("reason") == "SchedulingGated")
        {
            reason = "SchedulingGated";
        }

        var isInitializing = Initializing(pod, ref reason);
        if (!isInitializing)
        {
            reason = OfContainers(pod, reason);
        }

        if (!pod.IsEnding())
        {
            return reason;
        }

        return pod.Text("status", "phase") is "Succeeded" or "Failed" ? reason : "Terminating";
    }

    private static bool Initializing(JsonObject pod, ref string reason)
    {
        var count = pod.Each("spec", "initContainers").Count();
        var index = 0;
        foreach (var status in pod.Each("status", "initContainerStatuses"))
        {
            var state = status.Map("state");
            if (state.Map("terminated") is { } over && over.Count(0, "exitCode") == 0)
            {
                index++;
                continue;
            }

            reason = state.Map("terminated") is { } failed ? "Init:" + Ending(failed)
                : state.Text("waiting", "reason") is { Length: > 0 } waiting and not "PodInitializing" ? "Init:" + waiting
                : $"Init:{index}/{count}";
            return true;
        }

        return false;
    }

    private static string OfContainers(JsonObject pod, string reason)
    {
        var isRunning = false;
        foreach (var status in pod.Each("status", "containerStatuses").Reverse())
        {
            if (status.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
            {
                reason = waiting;
            }
            else if (status.Map("state", "terminated") is { } ended)
            {
                reason = Ending(ended);
            }
            else if (status.Flag("ready") && status.Map("state", "running") is not null)
            {
                isRunning = true;
            }
        }

        return reason == "Completed" && isRunning
            ? pod.Condition("Ready").Text("status") == "True" ? "Running" : "NotReady"
            : reason;
    }

    private static string Ending(JsonObject ended) => ended.Text("reason") is { Length: > 0 } reason ? reason
        : ended.Number("signal") is { } signal and not 0 ? $"Signal:{signal}" : $"ExitCode:{ended.Count(0, "exitCode")}";

    private static JsonNode Restarts(JsonObject pod, DateTimeOffset now)
    {
        var count = pod.Each("status", "containerStatuses").Sum(status => status.Count(0, "restartCount"));
        var last = pod.Each("status", "containerStatuses").Select(status => status.Instant("lastState", "terminated", "finishedAt")).Max();
        return count > 0 && last is { } then ? $"{count} ({Age.Text(now - then)} ago)" : count.ToString();
    }
}
