using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>Makes the request of an http provider: arguments are the query of a GET, and else JSON when the header says so, a form, or a text as it is.</summary>
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

        AddUsual(headers, url);
        foreach (var (name, value) in headers)
        {
            // A header of the content replaces the one that the content brought along; a content of no length carries those of a request without one.
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    public static Uri WithQuery(Uri url, JsonObject query) =>
        WithQuery(url, string.Join('&', Pairs(query).Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}")));

    /// <param name="query">Escaped as it has to be.</param>
    public static Uri WithQuery(Uri url, string query) =>
        new UriBuilder(url) { Query = string.Join('&', new[] { url.Query.TrimStart('?'), query.TrimStart('?') }.Where(part => part.Length > 0)) }.Uri;

    // What servers are used to from this format's other engine; a name and password in the url are sent as they are there.
    private static void AddUsual(Dictionary<string, string> headers, Uri url)
    {
        headers.TryAdd("Accept", "*/*");
        headers.TryAdd("User-Agent", "Crater");
        if (url.UserInfo.Length > 0)
        {
            headers.TryAdd("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo)))}");
        }
    }

    private static HttpContent Content(JsonNode? body, string? type)
    {
        if (type == "application/json")
        {
            return new StringContent(body?.ToJsonString() ?? "null", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        return body is JsonObject form
            ? new FormUrlEncodedContent(Pairs(form))
            : new ByteArrayContent(body is null ? [] : Encoding.UTF8.GetBytes(Substitution.Written(body)));
    }

    // A list gives its name once for each item, a map once for each of its keys; null gives nothing.
    private static IEnumerable<KeyValuePair<string, string>> Pairs(JsonObject map) =>
        map.SelectMany(pair => Items(pair.Value)
            .OfType<JsonNode>()
            .Select(value => KeyValuePair.Create(pair.Key, Substitution.Written(value))));

    private static IEnumerable<JsonNode?> Items(JsonNode? value) => value switch
    {
        JsonArray list => list,
        JsonObject map => map.Select(pair => (JsonNode?)JsonValue.Create(pair.Key)),
        _ => [value],
    };
}
