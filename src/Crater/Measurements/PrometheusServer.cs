using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Measurements;

/// <summary>One series of an answer: its labels, and its value now.</summary>
public sealed record Sample(IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>Empty when it has no such label.</summary>
    public string this[string label] => Labels.GetValueOrDefault(label, "");
}

/// <summary>A Prometheus server, asked by instant queries.</summary>
/// <param name="http">Stays the caller's.</param>
/// <param name="server">For example <c>http://prometheus:9090</c>; a path before <c>/api</c> is kept.</param>
public sealed class PrometheusServer(HttpClient http, Uri server)
{
    /// <summary>An answer larger than this is not read: 16 MiB are some 50,000 series.</summary>
    private const int AnswerMax = 16 << 20;

    private readonly Uri _query = new(server.AbsoluteUri.TrimEnd('/') + "/api/v1/query");

    /// <summary>For people: its address without user and password, which an address may hold.</summary>
    public string Place => server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <returns>What stands under <c>data</c>: <c>resultType</c> and <c>result</c>.</returns>
    /// <exception cref="CraterException">CRT7201: the server does not answer. CRT7202: it refuses the query.</exception>
    public async Task<JsonNode?> QueryAsync(string expression, CancellationToken abort)
    {
        var answer = await AskAsync(expression, abort);
        return (string?)answer["status"] == "success"
            ? answer["data"]
            : throw new CraterException("CRT7202", $"Prometheus at {Place} refuses '{expression}': {(string?)answer["error"] ?? "it does not say why"}. Correct the expression.");
    }

    /// <summary>All series that an expression gives. Those whose value is not a finite number are left out.</summary>
    /// <exception cref="CraterException">CRT7201: the server does not answer. CRT7202: it refuses the query. CRT7203: what it gives is no vector.</exception>
    public async Task<IReadOnlyList<Sample>> VectorAsync(string expression, CancellationToken abort)
    {
        var data = await QueryAsync(expression, abort);
        if ((string?)data?["resultType"] != "vector" || data["result"] is not JsonArray series)
        {
            throw new CraterException("CRT7203", $"'{expression}' gives a {(string?)data?["resultType"] ?? "nothing"} at {Place}; a vector is needed. Leave a range like [5m] out.");
        }

        return [.. from one in series
                   where one?["metric"] is JsonObject && one["value"] is JsonArray { Count: 2 }
                   let value = double.TryParse((string?)one["value"]![1], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN
                   where double.IsFinite(value)
                   select new Sample(one["metric"]!.AsObject().ToDictionary(label => label.Key, label => (string?)label.Value ?? ""), value)];
    }

    private async Task<JsonObject> AskAsync(string expression, CancellationToken abort)
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
}
