using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Controllers;

/// <summary>Makes a job whenever a cron job's schedule comes round, and keeps a few of the finished ones.</summary>
internal sealed class CronJobController(Workbench work) : IController
{
    private const string Resource = "cronjobs.batch";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource switch
    {
        Resource => [ObjectKey.Of(change)],
        JobController.Resource => Owners.Controllers(change, "CronJob", Resource),
        _ => [],
    };

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } cron || cron.IsEnding())
        {
            return null;
        }

        var jobs = work.Owned(JobController.Resource, cron);
        var minute = new DateTimeOffset(work.Now.Ticks - (work.Now.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        var isDue = !cron.Flag("spec", "suspend") && CronExpression.TryParse(cron.Text("spec", "schedule"))?.Matches(minute, ZoneOf(cron)) == true
            && (cron.Instant("status", "lastScheduleTime") ?? cron.Instant("metadata", "creationTimestamp")) < minute;
        if (isDue)
        {
            Begin(key, cron, jobs, minute);
        }

        Trim(jobs, "Complete", cron.Count(3, "spec", "successfulJobsHistoryLimit"));
        Trim(jobs, "Failed", cron.Count(1, "spec", "failedJobsHistoryLimit"));
        ListActive(key, cron);
        return minute.AddMinutes(1) - work.Now;
    }

    /// <summary>UTC where none is named, as the real controller has it in a container; a name was checked when it was written.</summary>
    private static TimeZoneInfo ZoneOf(JsonObject cron) =>
        cron.Text("spec", "timeZone") is { Length: > 0 } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;

    private static bool IsActive(JsonObject job) =>
        job.Condition("Complete").Text("status") != "True" && job.Condition("Failed").Text("status") != "True";

    private void Begin(ObjectKey key, JsonObject cron, List<JsonObject> jobs, DateTimeOffset minute)
    {
        var active = jobs.Where(IsActive).ToList();
        var policy = cron.Text("spec", "concurrencyPolicy");
        if (policy == "Forbid" && active.Count > 0)
        {
            work.Events.Record(cron, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid",
                "cronjob-controller");
            return;
        }

        foreach (var old in policy == "Replace" ? active : [])
        {
            work.Delete(JobController.Resource, old, "Background");
        }

        var template = cron.Map("spec", "jobTemplate");
        var job = new JsonObject
        {
            ["metadata"] = template.Map("metadata")?.DeepClone() ?? new JsonObject(),
            ["spec"] = template.Map("spec")?.DeepClone(),
        };
        job.Make("metadata")["name"] = $"{cron.Name()}-{(minute.ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture)}";
        job.Make("metadata")["namespace"] = cron.Space();
        Owners.Add(job, cron);
        var made = work.Create(JobController.Resource, job);
        work.SetStatus(key, cron, status => status["lastScheduleTime"] = minute.Stamp());
        work.Events.Record(cron, "Normal", "SuccessfulCreate", $"Created job {made.Name()}", "cronjob-controller");
    }

    private void Trim(List<JsonObject> jobs, string condition, int kept)
    {
        var finished = jobs.Where(job => job.Condition(condition).Text("status") == "True")
            .OrderBy(job => job.Text("metadata", "creationTimestamp"), StringComparer.Ordinal).ToList();
        foreach (var old in finished.Take(finished.Count - kept))
        {
            work.Delete(JobController.Resource, old, "Background");
        }
    }

    private void ListActive(ObjectKey key, JsonObject cron)
    {
        var active = work.Owned(JobController.Resource, cron).Where(IsActive).Select(job => (JsonNode)new JsonObject
        {
            ["kind"] = "Job",
            ["namespace"] = job.Space(),
            ["name"] = job.Name(),
            ["uid"] = job.Uid(),
            ["apiVersion"] = "batch/v1",
        }).ToArray();
        work.SetStatus(key, cron, status =>
        {
            if (active.Length > 0)
            {
                status["active"] = new JsonArray(active);
            }
            else
            {
                status.Remove("active");
            }
        });
    }
}
