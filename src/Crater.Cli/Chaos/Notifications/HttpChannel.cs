using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Notifications;

/// <summary>A channel of type <c>http</c>: POST with the notice as JSON, or GET without it where <c>forward_event_payload</c> is false.</summary>
internal static class HttpChannel
{
    public static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(2);

    /// <summary>From the connection on; the answer's body is of no interest.</summary>
    public static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    /// <exception cref="HttpRequestException">No answer, or one that is no success.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async Task SendAsync(JsonObject channel, JsonObject notice, CancellationToken abort)
    {
        using var handler = new SocketsHttpHandler { ConnectTimeout = ConnectMax };
        if (channel["verify_tls"] is JsonValue verify && verify.TryGetValue<bool>(out var isVerified) && !isVerified)
        {
#pragma warning disable CA5359 // The settings say verify_tls: false.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        using var client = new HttpClient(handler) { Timeout = ConnectMax + AnswerMax };
        var isForwarded = channel["forward_event_payload"] is not JsonValue forward || !forward.TryGetValue<bool>(out var wanted) || wanted;
        using var request = new HttpRequestMessage(isForwarded ? HttpMethod.Post : HttpMethod.Get, (string?)channel["url"]);
        if (isForwarded)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(notice.ToJsonString()));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in channel["headers"] as JsonObject ?? [])
        {
            Add(request, name, Settings.PythonText.Of(value));
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, abort);
        answer.EnsureSuccessStatusCode();
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
        {
            content.Headers.Remove(name);
            content.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
