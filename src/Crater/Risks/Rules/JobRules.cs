using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>Work that ends.</summary>
internal static class JobRules
{
    private static readonly IReadOnlyList<string> Reads = ["jobs"];

    public static IEnumerable<Rule> All =>
    [
        new("WK-JOB-DEADLINE", 1, "A job without a deadline may hang for ever", Severity.Low, Reads, ["JOB-1"], Deadline),
        new("WK-JOB-BACKOFF", 1, "A job that gives up at the first failure", Severity.Medium, Reads, ["JOB-1"], Backoff),
        new("WK-JOB-TTL", 1, "Finished jobs pile up", Severity.Low, Reads, [], TimeToLive),
    ];

    private static IEnumerable<Observation> Deadline(TopologyIndex index) => Jobs(index).Select(job => Look.At(
        job, "spec.activeDeadlineSeconds", job.Policy.ActiveDeadlineSeconds is { } s ? $"{s} s" : "not set", job.Policy.ActiveDeadlineSeconds is null));

    private static IEnumerable<Observation> Backoff(TopologyIndex index) => Jobs(index).Select(job => Look.At(
        job, "spec.backoffLimit", job.Policy.BackoffLimit is { } n ? $"{n}" : "default 6", job.Policy.BackoffLimit == 0));

    private static IEnumerable<Observation> TimeToLive(TopologyIndex index) => Jobs(index).Select(job => Look.At(
        job, "spec.ttlSecondsAfterFinished", job.Policy.TtlSecondsAfterFinished is { } s ? $"{s} s" : "not set", job.Policy.TtlSecondsAfterFinished is null));

    private static IEnumerable<Discovery.Component> Jobs(TopologyIndex index) => index.Components.Where(component => component.Kind == TargetKind.Job);
}
