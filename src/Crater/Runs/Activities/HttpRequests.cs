using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>Makes the request of an http provider: arguments are the query of a GET, and else JSON when the header says so, or a form.</summary>
internal static class HttpRequests
{
    public static HttpRequestMessage Make(HttpProvider provider, Uri url, Substitution values)
    {
        var request = new HttpRequestMessage(new HttpMethod(provider.Method), url);
        var headers = provider.Headers.ToDictionary(header => header.Key, header => values.Text(header.Value), StringComparer.OrdinalIgnoreCase);
        if (provider.Method != "GET" && provider.Body is not null)
        {
            request.Content = Content(values.Apply(provider.Body), headers.GetValueOrDefault("Content-Type"));
        }

        foreach (var (name, value) in headers)
        {
            // A header of the content replaces the one that the content brought along; without a content it has no place.
            if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    public static Uri WithQuery(Uri url, JsonObject query)
    {
        var pairs = Pairs(query).Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}");
        var joined = string.Join('&', new[] { url.Query.TrimStart('?') }.Where(own => own.Length > 0).Concat(pairs));
        return new UriBuilder(url) { Query = joined }.Uri;
    }

    private static HttpContent Content(JsonNode? body, string? type)
    {
        if (type == "application/json")
        {
            return new StringContent(body?.ToJsonString() ?? "null", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        return body is JsonObject form
            ? new FormUrlEncodedContent(Pairs(form))
            : new StringContent(body is null ? "" : Substitution.Written(body), Encoding.UTF8);
    }

    // A list gives its name once for each item; null gives nothing.
    private static IEnumerable<KeyValuePair<string, string>> Pairs(JsonObject map) =>
        map.SelectMany(pair => (pair.Value as IEnumerable<JsonNode?> ?? [pair.Value])
            .OfType<JsonNode>()
            .Select(value => KeyValuePair.Create(pair.Key, Substitution.Written(value))));
}
