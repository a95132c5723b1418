using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.pod.</summary>
internal static class PodCalls
{
    /// <summary>A pattern of a document may be of the kind that never comes to an end.</summary>
    private static readonly TimeSpan PatternMax = TimeSpan.FromSeconds(5);

    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["pod.actions.terminate_pods"] = async call => await TerminateAsync(call, await SelectAsync(call), (int)call.Arguments.Whole("grace_period")),
        ["pod.actions.exec_in_pods"] = async call => await PodExec.RunAsync(call, await SelectAsync(call)),
        ["pod.probes.pods_in_phase"] = call => PhaseAsync(call, isWanted: true, "raise_on_invalid_phase"),
        ["pod.probes.pods_not_in_phase"] = call => PhaseAsync(call, isWanted: false, "raise_on_in_phase"),
        ["pod.probes.pods_in_conditions"] = ConditionsAsync,
        ["pod.probes.read_pod_logs"] = LogsAsync,
        ["pod.probes.count_pods"] = async call => await CountAsync(call),
        ["pod.probes.count_min_pods"] = async call => await CountAsync(call) >= call.Arguments.Number("min_count"),
        ["pod.probes.pod_is_not_available"] = call => NotAvailableAsync(call, raises: true),
        ["pod.probes.should_be_found_in_logs"] = FoundInLogsAsync,
    };

    /// <summary>Deletes one after the other.</summary>
    /// <returns>Their names.</returns>
    public static async Task<JsonNode?> TerminateAsync(ToolkitCall call, IReadOnlyList<JsonObject> pods, int grace)
    {
        var deleted = new JsonArray();
        foreach (var pod in pods)
        {
            await call.Client.DeleteAsync(Resource.Pods, call.Space, pod.Name(), new DeleteRequest { GraceSeconds = grace >= 0 ? grace : null }, call.Abort);
            deleted.Add((JsonNode?)pod.Name());
        }

        return deleted;
    }

    /// <param name="raises">Whether one that runs is a failure where the function has no argument that says so.</param>
    public static async Task<JsonNode?> NotAvailableAsync(ToolkitCall call, bool raises)
    {
        var running = (await call.ListAsync(Resource.Pods, call.Labels)).Any(pod => pod.Text("status", "phase") == "Running");
        var text = $"pod '{call.Name}' is actually running";
        return !running ? true
            : call.Arguments.Function.Parameters.Any(parameter => parameter.Name == "raise_on_is_available") ? call.Unmet(text, "raise_on_is_available")
            : raises ? throw ToolkitCall.Fails(text) : false;
    }

    public static async Task<JsonNode?> LogsAsync(ToolkitCall call)
    {
        var logs = new JsonObject();
        foreach (var pod in await call.ListAsync(Resource.Pods, call.Labels is { Length: > 0 } labels ? labels : null))
        {
            var query = $"timestamps=true&previous={(call.Arguments.IsTrue("from_previous") ? "true" : "false")}"
                + (call.Arguments.IsTrue("container_name") ? $"&container={Uri.EscapeDataString(call.Arguments.Text("container_name"))}" : "")
                + (call.Arguments.IsTrue("last") ? $"&sinceSeconds={Since(call.Arguments.Text("last"), call.Clock)}" : "");
            using var answer = await call.Http.GetAsync($"{Resource.Pods.Path(call.Space, pod.Name(), "log")}?{query}", call.Abort);
            var text = await answer.Content.ReadAsStringAsync(call.Abort);
            logs[pod.Name()] = answer.IsSuccessStatusCode
                ? text
                : throw PythonErrors.Raised("CRT8091", "kubernetes.client.exceptions.ApiException", $"({(int)answer.StatusCode})\nReason: {answer.ReasonPhrase}\nHTTP response body: {text}\n");
        }

        return logs;
    }

    private static async Task<IReadOnlyList<JsonObject>> SelectAsync(ToolkitCall call)
    {
        var (mode, order, quantity) = (call.Arguments.Text("mode"), call.Arguments.Text("order"), (int)call.Arguments.Whole("qty"));
        var refusal = quantity < 0 ? $"Quantity '{quantity}' is negative." : mode is not ("fixed" or "percentage") ? $"Mode '{mode}' is invalid."
            : order is not ("alphabetic" or "oldest") ? $"Order '{order}' is invalid." : "";
        if (refusal.Length > 0)
        {
            throw ToolkitCall.Fails($"Cannot select pods. {refusal}");
        }

        var found = await call.ListAsync(Resource.Pods, call.Arguments.IsTrue("label_selector") ? call.Arguments.Text("label_selector") : null);
        if (call.Arguments.IsTrue("name_pattern"))
        {
            var pattern = new Regex(call.Arguments.Text("name_pattern"), RegexOptions.CultureInvariant, PatternMax);
            found = [.. found.Where(pod => pattern.IsMatch(pod.Name()))];
        }

        if (order == "oldest")
        {
            found = [.. found.OrderBy(pod => pod.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)];
        }

        return call.Arguments.IsTrue("all") ? found : Some(found, mode == "percentage" ? (int)Math.Ceiling(quantity * found.Count / 100.0) : quantity, call.Arguments.IsTrue("rand"));
    }

    private static JsonObject[] Some(IReadOnlyList<JsonObject> found, int quantity, bool isDrawn)
    {
        JsonObject[] order = [.. found];
        if (isDrawn)
        {
            RandomNumberGenerator.Shuffle(order.AsSpan());
        }

        return order[..Math.Min(quantity, order.Length)];
    }

    private static async Task<JsonNode?> PhaseAsync(ToolkitCall call, bool isWanted, string raises)
    {
        var (labels, phase) = (call.Arguments.Text("label_selector"), call.Arguments.Text("phase"));
        var pods = await call.ListAsync(Resource.Pods, labels);
        if (pods.Count == 0)
        {
            return call.Unmet($"no pods '{labels}' were found", raises);
        }

        var wrong = pods.Select(pod => pod.Text("status", "phase")).FirstOrDefault(found => (found == phase) != isWanted);
        return wrong is null ? true
            : call.Unmet(isWanted ? $"pod '{labels}' is in phase '{wrong}' but should be '{phase}'" : $"pod '{labels}' should not be in phase '{wrong}'", raises);
    }

    private static async Task<JsonNode?> ConditionsAsync(ToolkitCall call)
    {
        const string raises = "raise_on_invalid_conditions";
        var labels = call.Arguments.Text("label_selector");
        var pods = await call.ListAsync(Resource.Pods, labels);
        if (pods.Count == 0)
        {
            return call.Unmet($"no pods '{labels}' were found", raises);
        }

        foreach (var pod in pods)
        {
            var has = pod.Objects("status", "conditions").Select(condition => new JsonObject { ["type"] = condition.Text("type"), ["status"] = condition.Text("status") }).ToList();
            if ((call.Arguments["conditions"] as JsonArray ?? []).FirstOrDefault(wanted => !has.Any(one => JsonNode.DeepEquals(one, wanted))) is { } missing)
            {
                return call.Unmet($"pod {pod.Name()} does not match the following given condition: {Written(missing)}", raises);
            }
        }

        return true;
    }

    private static async Task<int> CountAsync(ToolkitCall call)
    {
        var pods = await call.ListAsync(Resource.Pods, call.Arguments.Text("label_selector"));
        return call.Arguments.IsTrue("phase") ? pods.Count(pod => pod.Text("status", "phase") == call.Arguments.Text("phase")) : pods.Count;
    }

    private static Task<JsonNode?> FoundInLogsAsync(ToolkitCall call)
    {
        if (call.Arguments["value"] is not JsonObject { Count: > 0 } logs)
        {
            throw ToolkitCall.Fails("no logs to search from");
        }

        var pattern = new Regex(call.Arguments.Text("pattern"), RegexOptions.CultureInvariant, PatternMax);
        var matched = logs.Count(log => pattern.IsMatch(log.Value.Text()));
        return Task.FromResult<JsonNode?>(call.Arguments.IsTrue("all_containers") ? matched == logs.Count : matched > 0);
    }

    /// <summary>Whole seconds from the moment that a text such as "10 minutes" names until now.</summary>
    private static int Since(string last, TimeProvider clock) =>
        (int)(clock.GetUtcNow() - (PastMoment.Read(last, clock.GetUtcNow()) ?? throw ToolkitCall.Fails($"'{last}' is no moment of the past"))).TotalSeconds;

    // As Python writes a dictionary of texts.
    private static string Written(JsonNode condition) => condition is JsonObject map
        ? $"{{{string.Join(", ", map.Select(entry => string.Create(CultureInfo.InvariantCulture, $"'{entry.Key}': '{entry.Value}'")))}}}"
        : condition.ToJsonString();
}
