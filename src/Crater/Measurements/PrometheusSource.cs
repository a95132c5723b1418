using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Measurements;

/// <summary>Asks a Prometheus server by instant queries. Empty, NaN and infinite answers are no value.</summary>
public sealed class PrometheusSource(PrometheusServer server, PrometheusExpressions expressions) : IMetricSource
{
    public string Name => "prometheus";

    public bool Knows(MetricQuery query) => expressions.For(query) is not null;

    /// <exception cref="CraterException">
    /// CRT7201: the server does not answer. CRT7202: it refuses the query. CRT7203: the query gives more than one value.
    /// </exception>
    public async Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) =>
        expressions.For(query) is { } expression && Value(await server.QueryAsync(expression, abort), expression) is ({ } value, var at) && double.IsFinite(value)
            ? new Reading(query.Metric, value, at, 1, Name)
            : null;

    private (double? Value, DateTimeOffset At) Value(JsonNode? data, string expression)
    {
        var pair = (string?)data?["resultType"] switch
        {
            "scalar" => data["result"] as JsonArray,
            "vector" when data["result"] is JsonArray { Count: <= 1 } vector => vector.Count == 0 ? null : vector[0]?["value"] as JsonArray,
            "vector" => throw new CraterException("CRT7203",
                $"'{expression}' gives {((JsonArray)data["result"]!).Count} values at {server.Place}; a guard or probe needs one. Aggregate them, for example with sum(…) or max(…)."),
            var other => throw new CraterException("CRT7203", $"'{expression}' gives a {other ?? "nothing"} at {server.Place}; an instant value is needed. Leave a range like [5m] out."),
        };
        if (pair is not { Count: 2 } || pair[0] is not JsonValue time || !time.TryGetValue<double>(out var seconds))
        {
            return (null, default);
        }

        var at = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);
        return double.TryParse((string?)pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (value, at) : (null, at);
    }
}
