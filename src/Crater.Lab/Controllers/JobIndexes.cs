using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>The indexes of an indexed job: which have succeeded, which have failed for good, and what follows for the job.</summary>
internal static class JobIndexes
{
    public const string Label = "batch.kubernetes.io/job-completion-index";

    private const string FailureCount = "batch.kubernetes.io/job-index-failure-count";

    /// <summary>Writes them as Kubernetes does: <c>0-2,5</c>.</summary>
    public static void Write(JsonObject status, JsonObject job, IReadOnlyList<JsonObject> pods)
    {
        if (Listed(Succeeded(pods)) is { Length: > 0 } completed)
        {
            status["completedIndexes"] = completed;
        }

        if (IsPerIndex(job))
        {
            status["failedIndexes"] = Listed(Failed(job, pods));
        }
    }

    /// <summary>The indexes that have failed as often as they may, or that a rule of the failure policy gives up.</summary>
    public static IReadOnlyList<int> Failed(JsonObject job, IReadOnlyList<JsonObject> pods) => !IsPerIndex(job) ? []
        : [.. FailedPods(pods).GroupBy(IndexOf).Where(index => index.Key >= 0
            && (index.Count(pod => JobFailurePolicy.Counts(job, pod)) > job.Count(0, "spec", "backoffLimitPerIndex")
                || index.Any(pod => JobFailurePolicy.Decide(job, pod) is { Action: "FailIndex" }))).Select(index => index.Key).Order()];

    /// <returns>Whether and why the job is over by its indexes; null while it is not.</returns>
    public static (string Condition, string Reason, string Message)? Verdict(JsonObject job, IReadOnlyList<JsonObject> pods)
    {
        if (job.Text("spec", "completionMode") != "Indexed")
        {
            return null;
        }

        var (succeeded, failed) = (Succeeded(pods), Failed(job, pods));
        foreach (var (at, rule) in job.Each("spec", "successPolicy", "rules").Index())
        {
            var listed = rule.Text("succeededIndexes");
            var good = listed.Length == 0 ? succeeded.Count : Parse(listed).Intersect(succeeded).Count();
            if (good > 0 && good >= (rule.Number("succeededCount") ?? Parse(listed).Count()))
            {
                return ("Complete", "SuccessPolicy", $"Matched rules at index {at}");
            }
        }

        if (job.Number("spec", "maxFailedIndexes") is { } most && failed.Count > most)
        {
            return ("Failed", "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
        }

        return failed.Count > 0 && succeeded.Count + failed.Count >= job.Count(1, "spec", "completions")
            ? ("Failed", "FailedIndexes", "Job has failed indexes") : null;
    }

    /// <summary>A pod of a job with a limit per index says how often its index had failed before it.</summary>
    public static void Remember(JsonObject pod, string index, JsonObject job, IReadOnlyList<JsonObject> pods)
    {
        if (IsPerIndex(job))
        {
            pod.Make("metadata", "annotations")[FailureCount] =
                FailedPods(pods).Count(one => one.Labels().GetValueOrDefault(Label) == index).ToString(CultureInfo.InvariantCulture);
        }
    }

    public static bool IsPerIndex(JsonObject job) => job.Number("spec", "backoffLimitPerIndex") is not null;

    /// <summary>The pods of one index.</summary>
    public static IEnumerable<JsonObject> OfNext(string index, IEnumerable<JsonObject> pods) => pods.Where(pod => pod.Labels().GetValueOrDefault(Label) == index);

    private static IEnumerable<JsonObject> FailedPods(IEnumerable<JsonObject> pods) => pods.Where(pod => pod.Text("status", "phase") == "Failed");

    private static List<int> Succeeded(IEnumerable<JsonObject> pods) =>
        [.. pods.Where(pod => pod.Text("status", "phase") == "Succeeded").Select(IndexOf).Where(index => index >= 0).Distinct().Order()];

    private static int IndexOf(JsonObject pod) =>
        int.TryParse(pod.Labels().GetValueOrDefault(Label), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;

    private static IEnumerable<int> Parse(string listed) => listed.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(part =>
        part.Split('-') is [var from, var to] && int.TryParse(from, out var first) && int.TryParse(to, out var last) && last >= first ? Enumerable.Range(first, last - first + 1)
        : int.TryParse(part, out var one) ? [one] : []);

    private static string Listed(IReadOnlyList<int> done)
    {
        List<string> parts = [];
        for (var at = 0; at < done.Count;)
        {
            var end = at;
            while (end + 1 < done.Count && done[end + 1] == done[end] + 1)
            {
                end++;
            }

            // Two that follow one another are written as a list, three and more as a range.
            parts.Add(end == at ? $"{done[at]}" : end == at + 1 ? $"{done[at]},{done[end]}" : $"{done[at]}-{done[end]}");
            at = end + 1;
        }

        return string.Join(',', parts);
    }
}
