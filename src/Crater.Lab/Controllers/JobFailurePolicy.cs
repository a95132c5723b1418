using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What a job does about a pod that failed: the first rule of its podFailurePolicy that fits says so.</summary>
internal static class JobFailurePolicy
{
    /// <returns>FailJob, Ignore, Count or FailIndex, and why in the controller's words; null when no rule fits.</returns>
    public static (string Action, string Why)? Decide(JsonObject job, JsonObject pod)
    {
        foreach (var (rule, index) in job.Each("spec", "podFailurePolicy", "rules").Select((rule, index) => (rule, index)))
        {
            if (Fits(rule, pod) is { } why)
            {
                return (rule.Text("action"), $"{why} matching {rule.Text("action")} rule at index {index}");
            }
        }

        return null;
    }

    /// <summary>Whether a failed pod counts against the job's limit.</summary>
    public static bool Counts(JsonObject job, JsonObject pod) => Decide(job, pod) is not { Action: "Ignore" };

    private static string? Fits(JsonObject rule, JsonObject pod)
    {
        if (rule.Map("onExitCodes") is { } codes)
        {
            var named = codes.Text("containerName");
            foreach (var status in pod.Each("status", "initContainerStatuses").Concat(pod.Each("status", "containerStatuses")))
            {
                if ((named.Length == 0 || named == status.Text("name")) && status.Number("state", "terminated", "exitCode") is { } code and not 0
                    && (codes.At("values") as JsonArray ?? []).Any(value => value.Number() == code) == (codes.Text("operator") == "In"))
                {
                    return $"Container {status.Text("name")} for pod {pod.Space()}/{pod.Name()} failed with exit code {code}";
                }
            }
        }

        foreach (var pattern in rule.Each("onPodConditions"))
        {
            var wanted = pattern.Text("status") is { Length: > 0 } status ? status : "True";
            if (pod.Condition(pattern.Text("type")).Text("status") == wanted)
            {
                return $"Pod {pod.Space()}/{pod.Name()} has condition {pattern.Text("type")}";
            }
        }

        return null;
    }
}
