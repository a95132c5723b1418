using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Which indexes of an indexed job have succeeded, as Kubernetes writes them: <c>0-2,5</c>.</summary>
internal static class JobIndexes
{
    public const string Label = "batch.kubernetes.io/job-completion-index";

    public static string Completed(IEnumerable<JsonObject> pods)
    {
        var done = pods.Where(pod => pod.Text("status", "phase") == "Succeeded")
            .Select(pod => int.TryParse(pod.Labels().GetValueOrDefault(Label), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1)
            .Where(index => index >= 0).Distinct().Order().ToList();
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
