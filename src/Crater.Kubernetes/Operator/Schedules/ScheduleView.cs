using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Schedules;

/// <summary>A Schedule object as the operator reads it.</summary>
internal sealed record ScheduleView(JsonObject Object)
{
    /// <summary>A time that was missed by more than this is let go, unless the object says otherwise.</summary>
    private static readonly TimeSpan StartingDeadlineDefault = TimeSpan.FromMinutes(5);

    public CronExpression? Cron => CronExpression.TryParse(Object.Text("spec", "schedule"));

    public TimeZoneInfo? Zone => Object.Text("spec", "timeZone") is { Length: > 0 } name ? TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null : TimeZoneInfo.Utc;

    public string Policy => Object.Text("spec", "concurrencyPolicy") is { Length: > 0 } policy ? policy : "Forbid";

    public bool IsSuspended => Object.Flag("spec", "suspend") || Object.Annotation(CraterKinds.PausedKey) == "true";

    public TimeSpan StartingDeadline => Durations.TryParse(Object.Text("spec", "startingDeadline"), out var deadline) ? deadline : StartingDeadlineDefault;

    public int SuccessfulKept => Object.Integer("spec", "successfulHistoryLimit") ?? 3;

    public int FailedKept => Object.Integer("spec", "failedHistoryLimit") ?? 3;

    /// <summary>What is made each time: an Experiment's spec, or a Workflow's.</summary>
    public (Resource Resource, JsonObject Spec)? Made => Object.At("spec", "experiment") is JsonObject experiment ? (CraterKinds.Experiments, experiment)
        : Object.At("spec", "workflow") is JsonObject workflow ? (CraterKinds.Workflows, workflow) : null;

    /// <summary>From where on times count: the last one that was decided on, or the object's creation.</summary>
    public DateTimeOffset Since => Moment("status", "lastScheduleTime") ?? Moment("metadata", "creationTimestamp") ?? DateTimeOffset.MinValue;

    public IEnumerable<Problem> Problems()
    {
        if (Cron is null)
        {
            yield return new Problem("spec.schedule", "CRT8405", $"'{Object.Text("spec", "schedule")}' is no cron schedule; write five fields, for example '0 3 * * mon-fri'.");
        }

        if (Zone is null)
        {
            yield return new Problem("spec.timeZone", "CRT8405", $"'{Object.Text("spec", "timeZone")}' is no time zone that is known here; write for example Europe/Berlin.");
        }

        if (Made is null || (Object.At("spec", "experiment") is not null && Object.At("spec", "workflow") is not null))
        {
            yield return new Problem("spec", "CRT8405", "A Schedule has either spec.experiment or spec.workflow.");
        }
    }

    private DateTimeOffset? Moment(params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(Object.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}

/// <summary>What a Schedule's clock says.</summary>
/// <param name="Due">The newest time that has come and was not decided on; null for none.</param>
/// <param name="Missed">Times before that one that nobody was there for.</param>
/// <param name="Next">The next time to come; null for never.</param>
internal sealed record DueTimes(DateTimeOffset? Due, int Missed, DateTimeOffset? Next)
{
    /// <summary>Beyond that many, times that were missed are no longer counted one by one.</summary>
    private const int CountedMax = 1000;

    public static DueTimes Of(CronExpression cron, TimeZoneInfo zone, DateTimeOffset since, DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        var passed = 0;
        var next = cron.Next(since, zone);
        while (next <= now)
        {
            due = next;
            passed++;
            var from = passed == CountedMax && now - next.Value > Recent ? now - Recent : next.Value;
            next = cron.Next(from, zone);
        }

        return new DueTimes(due, Math.Max(0, passed - 1), next);
    }

    /// <summary>Where the counting goes on when it was given up.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);
}
