using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Runs pods until as many as a job asks for have succeeded, or too many have failed.</summary>
internal sealed class JobController(Workbench work) : IController
{
    public const string Resource = "jobs.batch";

    private const string Component = "job-controller";

    /// <summary>How a job says that it is for this controller; another name is that of somebody else's.</summary>
    private const string Own = "kubernetes.io/job-controller";

    private const string IndexLabel = JobIndexes.Label;

    /// <summary>Kubernetes waits 10 s after the first failed pod, then twice as long each time, at most ten minutes.</summary>
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BackoffMax = TimeSpan.FromMinutes(10);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        "pods" => Owners.Controllers(change, "Job", Resource),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } job || job.IsEnding() || job.Text("spec", "managedBy") is not ("" or Own))
        {
            return null;
        }

        if (IsFinished(job))
        {
            return Expire(job);
        }

        var pods = work.Claimed("pods", job);
        var (succeeded, failed) = (pods.Count(pod => pod.Text("status", "phase") == "Succeeded"), Failures(job, pods));
        var wanted = job.Number("spec", "completions") is { } completions ? (int)completions : (int?)null;
        var active = pods.Where(pod => pod.IsActive()).ToList();
        TimeSpan? again = null;
        if (wanted is { } all ? succeeded >= all : succeeded > 0 && active.Count == 0)
        {
            Finish(key, job, pods, "Complete", "CompletionsReached", "Reached expected number of succeeded pods");
        }
        else if (pods.Where(pod => pod.Text("status", "phase") == "Failed").Select(pod => JobFailurePolicy.Decide(job, pod))
            .FirstOrDefault(decision => decision is { Action: "FailJob" }) is { } verdict)
        {
            Finish(key, job, pods, "Failed", "PodFailurePolicy", verdict.Why);
        }
        else if (JobIndexes.Verdict(job, pods) is { } indexes)
        {
            Finish(key, job, pods, indexes.Condition, indexes.Reason, indexes.Message);
        }
        else if (failed > job.Count(6, "spec", "backoffLimit"))
        {
            Finish(key, job, pods, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        else if (Deadline(job) is { } left && left <= TimeSpan.Zero)
        {
            Finish(key, job, pods, "Failed", "DeadlineExceeded", "Job was active longer than specified deadline");
        }
        else
        {
            Suspend(key, job);
            again = Fill(job, pods, active, wanted, succeeded);
            Count(key, job);
            again = Deadline(job) is { } due && (again is null || due < again) ? due : again;
        }

        return again;
    }

    private static bool IsFinished(JsonObject job) =>
        job.Condition("Complete").Text("status") == "True" || job.Condition("Failed").Text("status") == "True";

    /// <summary>Pods that failed, and restarts of containers that are restarted in place.</summary>
    private static int Failures(JsonObject job, List<JsonObject> pods) =>
        pods.Count(pod => pod.Text("status", "phase") == "Failed" && JobFailurePolicy.Counts(job, pod))
        + pods.Where(pod => pod.Text("spec", "restartPolicy") == "OnFailure" && pod.IsActive())
            .Sum(pod => pod.Each("status", "containerStatuses").Sum(status => status.Count(0, "restartCount")));

    private TimeSpan? Deadline(JsonObject job) =>
        job.Number("spec", "activeDeadlineSeconds") is { } seconds && (job.Instant("status", "startTime") ?? work.Now) is var start
            ? start + TimeSpan.FromSeconds(seconds) - work.Now : null;

    /// <summary>Says that the job waits to be resumed, or that it was.</summary>
    private void Suspend(ObjectKey key, JsonObject job)
    {
        var (isSuspended, condition) = (job.Flag("spec", "suspend"), job.Condition("Suspended"));
        if (isSuspended == (condition.Text("status") == "True"))
        {
            return;
        }

        var (reason, message) = isSuspended ? ("JobSuspended", "Job suspended") : ("JobResumed", "Job resumed");
        work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        {
            PodBinding.SetCondition(stored, new JsonObject
            {
                ["type"] = "Suspended",
                ["status"] = isSuspended ? "True" : "False",
                ["lastProbeTime"] = work.Now.Stamp(),
                ["lastTransitionTime"] = work.Now.Stamp(),
                ["reason"] = reason,
                ["message"] = message,
            });
            stored.Make("status").Remove("startTime");
        });
        work.Events.Record(job, "Normal", isSuspended ? "Suspended" : "Resumed", message, Component);
    }

    private TimeSpan? Fill(JsonObject job, List<JsonObject> pods, List<JsonObject> active, int? wanted, int succeeded)
    {
        var parallel = job.Count(1, "spec", "parallelism");
        var room = job.Flag("spec", "suspend") ? 0 : wanted is { } all ? Math.Min(parallel, all - succeeded - JobIndexes.Failed(job, pods).Count) : succeeded > 0 ? active.Count : parallel;
        foreach (var surplus in active.ByWorth().Take(active.Count - room).ToList())
        {
            work.Delete("pods", surplus);
            work.Events.Record(job, "Normal", "SuccessfulDelete", $"Deleted pod: {surplus.Name()}", Component);
        }

        if (active.Count >= room)
        {
            return null;
        }

        // Where each index has a limit of its own, one that failed keeps no other waiting.
        if (Backoff(JobIndexes.IsPerIndex(job) ? JobIndexes.OfNext(Next(job, pods), pods) : pods) is { } wait)
        {
            return wait;
        }

        for (var missing = room - active.Count; missing > 0; missing--)
        {
            var pod = work.Create("pods", Make(job, pods));
            pods.Add(pod);
            work.Events.Record(job, "Normal", "SuccessfulCreate", $"Created pod: {pod.Name()}", Component);
        }

        return null;
    }

    private TimeSpan? Backoff(IEnumerable<JsonObject> pods)
    {
        var failures = pods.Where(pod => pod.Text("status", "phase") == "Failed").ToList();
        if (failures.Count == 0)
        {
            return null;
        }

        var last = failures.Max(pod => pod.Each("status", "containerStatuses").Select(status => status.Instant("state", "terminated", "finishedAt")).Max()
            ?? pod.Instant("metadata", "creationTimestamp")) ?? work.Now;
        var pause = TimeSpan.FromSeconds(Math.Min(BackoffFirst.TotalSeconds * Math.Pow(2, failures.Count - 1), BackoffMax.TotalSeconds));
        return last + pause > work.Now ? last + pause - work.Now : null;
    }

    private static JsonObject Make(JsonObject job, List<JsonObject> pods)
    {
        var pod = PodStates.FromTemplate(job, job.At("spec", "template"));
        if (job.Text("spec", "completionMode") != "Indexed")
        {
            return pod;
        }

        var index = Next(job, pods);
        pod.Make("metadata", "labels")[IndexLabel] = index;
        pod.Make("metadata", "annotations")[IndexLabel] = index;
        foreach (var container in pod.Each("spec", "initContainers").Concat(pod.Each("spec", "containers")))
        {
            var variables = container["env"] as JsonArray ?? [];
            container["env"] = variables;
            variables.Add((JsonNode)new JsonObject
            {
                ["name"] = "JOB_COMPLETION_INDEX",
                ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = $"metadata.labels['{IndexLabel}']" } },
            });
        }

        if (pod.Text("spec", "hostname").Length == 0)
        {
            pod.Make("spec")["hostname"] = $"{job.Name()}-{index}";
        }

        JobIndexes.Remember(pod, index, job, pods);
        pod.Make("metadata")["generateName"] = $"{job.Name()}-{index}-";
        return pod;
    }

    /// <summary>The first index that has neither succeeded nor failed for good and has no pod.</summary>
    private static string Next(JsonObject job, List<JsonObject> pods)
    {
        var taken = pods.Where(one => one.Text("status", "phase") != "Failed" && !one.IsEnding()).Select(one => one.Labels().GetValueOrDefault(IndexLabel)).ToHashSet();
        taken.UnionWith(JobIndexes.Failed(job, pods).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        return Enumerable.Range(0, job.Count(1, "spec", "completions")).Select(number => number.ToString(CultureInfo.InvariantCulture))
            .First(number => !taken.Contains(number));
    }

    private void Finish(ObjectKey key, JsonObject job, List<JsonObject> pods, string condition, string reason, string message)
    {
        var driven = pods.Where(pod => pod.IsActive()).ToList();
        foreach (var pod in driven)
        {
            work.Delete("pods", pod);
        }

        Count(key, job);
        var lost = condition == "Failed" ? pods.Count(pod => pod.Text("status", "phase") == "Failed") + driven.Count : 0;
        var first = condition == "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
        work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        {
            foreach (var type in (string[])[first, condition])
            {
                PodBinding.SetCondition(stored, new JsonObject
                {
                    ["type"] = type,
                    ["status"] = "True",
                    ["lastProbeTime"] = work.Now.Stamp(),
                    ["lastTransitionTime"] = work.Now.Stamp(),
                    ["reason"] = reason,
                    ["message"] = message,
                });
            }

            stored.Make("status").Remove("active");
            if (lost > 0)
            {
                // What was still running when the job failed has failed with it.
                stored.Make("status")["failed"] = lost;
            }

            (stored.Make("status")["ready"], stored.Make("status")["terminating"]) = (0, 0);
            if (condition == "Complete")
            {
                stored.Make("status")["completionTime"] = work.Now.Stamp();
            }
        });
        work.Events.Record(job, condition == "Complete" ? "Normal" : "Warning", condition == "Complete" ? "Completed" : reason,
            condition == "Complete" ? "Job completed" : message, Component);
    }

    private void Count(ObjectKey key, JsonObject job)
    {
        var pods = work.Owned("pods", job);
        work.SetStatus(key, job, status =>
        {
            if (status["startTime"] is null && !job.Flag("spec", "suspend"))
            {
                status["startTime"] = work.Now.Stamp();
            }

            status.SetCount("active", pods.Count(pod => pod.IsActive()));
            status["terminating"] = pods.Count(pod => pod.IsEnding() && !pod.IsOver());
            status.SetCount("succeeded", pods.Count(pod => pod.Text("status", "phase") == "Succeeded"));
            status.SetCount("failed", pods.Count(pod => pod.Text("status", "phase") == "Failed"));
            status["ready"] = pods.Count(pod => pod.IsActive() && pod.IsReady());
            status["uncountedTerminatedPods"] = new JsonObject();
            if (job.Text("spec", "completionMode") == "Indexed")
            {
                JobIndexes.Write(status, job, pods);
            }
        });
    }

    /// <summary>Deletes a finished job when its ttlSecondsAfterFinished is over.</summary>
    private TimeSpan? Expire(JsonObject job)
    {
        if (job.Number("spec", "ttlSecondsAfterFinished") is not { } seconds)
        {
            return null;
        }

        var finished = (job.Condition("Complete") ?? job.Condition("Failed")).Instant("lastTransitionTime") ?? work.Now;
        var left = finished + TimeSpan.FromSeconds(seconds) - work.Now;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        work.Delete(Resource, job, "Foreground");
        return null;
    }
}
