using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Measurements;

/// <summary>Asks a Prometheus server by instant queries. Empty, NaN and infinite answers are no value.</summary>
/// <param name="http">Stays the caller's.</param>
/// <param name="server">For example <c>http://prometheus:9090</c>; a path before <c>/api</c> is kept.</param>
public sealed class PrometheusSource(HttpClient http, Uri server, PrometheusExpressions expressions) : IMetricSource
{
    /// <summary>An answer larger than this is not one value.</summary>
    private const int AnswerMax = 1 << 20;

    private readonly Uri _query = new(server.AbsoluteUri.TrimEnd('/') + "/api/v1/query");

    public string Name => "prometheus";

    public bool Knows(MetricQuery query) => expressions.For(query) is not null;

    /// <exception cref="CraterException">
    /// CRT7201: the server does not answer. CRT7202: it refuses the query. CRT7203: the query gives more than one value.
    /// </exception>
    public async Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort)
    {
        if (expressions.For(query) is not { } expression)
        {
            return null;
        }

        var answer = await AskAsync(expression, abort);
        if ((string?)answer["status"] != "success")
        {
            throw new CraterException("CRT7202", $"Prometheus at {Place} refuses '{expression}': {(string?)answer["error"] ?? "it does not say why"}. Correct the expression.");
        }

        return Value(answer["data"], expression) is ({ } value, var at) && double.IsFinite(value)
            ? new Reading(query.Metric, value, at, 1, Name)
            : null;
    }

    // Without user and password, which an address may hold.
    private string Place => server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private async Task<JsonNode> AskAsync(string expression, CancellationToken abort)
    {
        try
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("query", expression)]);
            using var response = await http.PostAsync(_query, form, abort);
            await response.Content.LoadIntoBufferAsync(AnswerMax, abort);
            var text = await response.Content.ReadAsStringAsync(abort);

            // A refused query comes as 400 or 422 with the reason as JSON; anything else that is not JSON is not Prometheus.
            return JsonNode.Parse(text) as JsonObject ?? throw new JsonException("the answer is no object");
        }
        catch (Exception e) when (NoAnswer.Is(e) || e is JsonException or InvalidOperationException)
        {
            throw new CraterException("CRT7201", $"Prometheus at {Place} does not answer as one: {e.Message} Check the URL given with --prometheus.", e);
        }
    }

    private (double? Value, DateTimeOffset At) Value(JsonNode? data, string expression)
    {
        var pair = (string?)data?["resultType"] switch
        {
            "scalar" => data["result"] as JsonArray,
            "vector" when data["result"] is JsonArray { Count: <= 1 } vector => vector.Count == 0 ? null : vector[0]?["value"] as JsonArray,
            "vector" => throw new CraterException("CRT7203",
                $"'{expression}' gives {((JsonArray)data["result"]!).Count} values at {Place}; a guard or probe needs one. Aggregate them, for example with sum(…) or max(…)."),
            var other => throw new CraterException("CRT7203", $"'{expression}' gives a {other ?? "nothing"} at {Place}; an instant value is needed. Leave a range like [5m] out."),
        };
        if (pair is not { Count: 2 } || pair[0] is not JsonValue time || !time.TryGetValue<double>(out var seconds))
        {
            return (null, default);
        }

        var at = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);
        return double.TryParse((string?)pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (value, at) : (null, at);
    }
}
