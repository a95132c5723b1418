using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Functions;

/// <summary>chaosprometheus over Prometheus's HTTP API.</summary>
internal static class PrometheusCalls
{
    private const string NodeCpu = """100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m])))""";

    // What the model asks for, whatever the window.
    private const int Points = 300;

    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["chaosprometheus.probes.query"] = QueryAsync,
        ["chaosprometheus.probes.query_interval"] = QueryIntervalAsync,
        ["chaosprometheus.probes.compute_mean"] = (call, abort) => MeanAsync(call, call.Text("query"), call.Text("mean_type"), abort),
        ["chaosprometheus.probes.nodes_cpu_usage_mean"] = (call, abort) => MeanAsync(call, NodeCpu, "arithmetic", abort),
    };

    private static Task<JsonNode?> QueryAsync(FunctionCall call, CancellationToken abort)
    {
        List<(string, string)> parameters = [("query", call.Text("query"))];
        AddTimeout(call, parameters);
        if (call.IsTrue("when"))
        {
            parameters.Add(("time", Moment(call, "when")));
        }

        return AskAsync(call, "query", parameters, Verify(call), abort);
    }

    private static Task<JsonNode?> QueryIntervalAsync(FunctionCall call, CancellationToken abort)
    {
        List<(string, string)> parameters = [("query", call.Text("query")), ("start", Moment(call, "start")), ("end", Moment(call, "end"))];
        AddTimeout(call, parameters);
        if (call.IsTrue("step"))
        {
            parameters.Add(("step", call.Text("step")));
        }

        return AskAsync(call, "query_range", parameters, Verify(call), abort);
    }

    private static async Task<JsonNode?> MeanAsync(FunctionCall call, string query, string kind, CancellationToken abort)
    {
        var end = call.Clock.GetUtcNow();
        var start = Read(call, "window");
        if (start >= end)
        {
            throw Unreadable(call, "window");
        }

        var step = (end - start).TotalSeconds / Points;
        List<(string, string)> parameters =
            [("query", query), ("start", Written(start)), ("end", Written(end)), ("step", step.ToString("0.###", CultureInfo.InvariantCulture))];
        var answer = await AskAsync(call, "query_range", parameters, verify: true, abort);
        var points = answer?["data"]?["result"] is JsonArray { Count: > 0 } series && series[0]?["values"] is JsonArray values
            ? values.Select(point => double.Parse(point![1]!.GetValue<string>() switch { "+Inf" => "Infinity", "-Inf" => "-Infinity", var text => text }, CultureInfo.InvariantCulture)).ToList()
            : [];
        return points.Count == 0
            ? throw PythonErrors.Failed("CRT2367", $"Prometheus has no point for '{query}' since {Written(start)}.", "Check the query and the window; nothing measured is no mean.")
            : Mean(points, kind);
    }

    private static double Mean(List<double> points, string kind) => kind switch
    {
        "geometric" when points.TrueForAll(point => point > 0) => Math.Exp(points.Average(Math.Log)),
        "geometric" => throw PythonErrors.Raised("CRT2367", "statistics.StatisticsError", "geometric mean requires a non-empty dataset containing positive numbers"),
        "harmonic" when points.TrueForAll(point => point >= 0) => points.Contains(0) ? 0 : points.Count / points.Sum(point => 1 / point),
        "harmonic" => throw PythonErrors.Raised("CRT2367", "statistics.StatisticsError", "harmonic mean does not support negative values"),
        "arithmetic" => points.Average(),
        _ => throw PythonErrors.Raised("CRT2360", "ValueError", $"'{kind}' is no mean_type", "Take arithmetic, geometric or harmonic."),
    };

    private static bool Verify(FunctionCall call) => call.IsTrue("verify_tls");

    private static void AddTimeout(FunctionCall call, List<(string, string)> parameters)
    {
        if (call["timeout"] is not null)
        {
            parameters.Add(("timeout", call.Text("timeout")));
        }
    }

    private static string Moment(FunctionCall call, string parameter) => Written(Read(call, parameter));

    private static DateTimeOffset Read(FunctionCall call, string parameter) => PastMoment.Read(call.Text(parameter), call.Clock.GetUtcNow()) ?? throw Unreadable(call, parameter);

    private static ActivityFailedException Unreadable(FunctionCall call, string parameter) =>
        PythonErrors.Failed("CRT2366", $"failed to parse '{call.Text(parameter)}'", $"{parameter} takes an RFC 3339 date, seconds since 1970, or such as 5 minutes ago.");

    private static string Written(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static async Task<JsonNode?> AskAsync(FunctionCall call, string endpoint, List<(string Name, string Value)> parameters, bool verify, CancellationToken abort)
    {
        var server = call.Configured("prometheus_base_url");
        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
        var url = $"{(server.Length > 0 ? server : "http://localhost:9090").TrimEnd('/')}/api/v1/{endpoint}?{query}";
        var talk = new ApiTalk("Prometheus", "CRT2365", call.Clock) { VerifyTls = verify, Patience = TimeSpan.FromMinutes(3) };
        var answer = await talk.AskAsync(HttpMethod.Get, url, null, abort);
        return answer.Status == 200 && answer.Json is JsonObject result
            ? result
            : throw PythonErrors.Failed("CRT2365", $"Prometheus query {query} failed: {answer.Status} {answer.Json?["error"]?.ToString() ?? answer.Beginning}");
    }
}
