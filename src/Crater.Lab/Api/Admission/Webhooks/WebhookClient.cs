using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>A webhook could not be asked, or its answer not understood; in the words of the real server.</summary>
internal sealed class WebhookCallException(string message) : Exception(message);

/// <summary>Asks one webhook over HTTPS, at its url or at the pods of its service.</summary>
internal sealed class WebhookClient(ResourceStore store) : IDisposable
{
    /// <summary>Of an answer; what an object may have, and its patch.</summary>
    private const int AnswerBytesMax = 2 * ApiRouter.BodyBytesMax;

    private readonly ConcurrentDictionary<(string Address, string Authority), HttpClient> _clients = new();

    /// <returns>The response of the review.</returns>
    /// <exception cref="WebhookCallException">It cannot be reached or trusted, takes too long, or does not answer with a review of this uid.</exception>
    public async Task<JsonObject> AskAsync(JsonObject webhook, JsonObject review, string uid, CancellationToken stop)
    {
        var seconds = webhook.Count(10, "timeoutSeconds");
        var (client, address) = Find(webhook.Map("clientConfig") ?? []);
        var target = new UriBuilder(address) { Query = $"timeout={seconds}s" }.Uri;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(review.ToJsonString()));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await client.PostAsync(target, content, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            return answer.IsSuccessStatusCode ? Read(text, uid) : throw Refused(answer.StatusCode, text);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new WebhookCallException($"failed to call webhook: Post \"{target}\": context deadline exceeded");
        }
        catch (HttpRequestException lost)
        {
            throw new WebhookCallException($"failed to call webhook: Post \"{target}\": {Why(lost, target)}");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private (HttpClient Client, Uri Address) Find(JsonObject config)
    {
        var authority = config.Text("caBundle");
        if (config.Map("service") is not { } service)
        {
            var url = new Uri(config.Text("url"));
            return (_clients.GetOrAdd((url.GetLeftPart(UriPartial.Authority), authority), key => Make(key.Authority, null)), url);
        }

        var (space, name, port) = (service.Text("namespace"), service.Text("name"), service.Count(443, "port"));
        var address = new Uri($"https://{name}.{space}.svc:{port.ToString(CultureInfo.InvariantCulture)}{service.Text("path")}");
        return (_clients.GetOrAdd((address.GetLeftPart(UriPartial.Authority), authority),
            key => Make(key.Authority, stop => ConnectAsync(space, name, port, stop))), address);
    }

    private static HttpClient Make(string authority, Func<CancellationToken, ValueTask<Stream>>? connect)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) };
        if (connect is not null)
        {
            handler.ConnectCallback = (_, stop) => connect(stop);
        }

        if (authority.Length > 0)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(authority)));
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
    }

    /// <summary>One of the ready pods behind the service, as the service's proxy would choose it.</summary>
    private async ValueTask<Stream> ConnectAsync(string space, string name, int port, CancellationToken stop)
    {
        var service = store.Peek("services", space, name) ?? throw new HttpRequestException($"service \"{name}\" not found");
        var named = service.Each("spec", "ports").FirstOrDefault(one => one.Number("port") == port)
            ?? throw new HttpRequestException($"no service port {port} found for service \"{name}\"");
        var subset = store.Peek("endpoints", space, name).Each("subsets").FirstOrDefault(one => one.Each("addresses").Any());
        var number = subset.Each("ports").FirstOrDefault(one => one.Text("name") == named.Text("name")).Number("port");
        if (subset is null || number is null)
        {
            throw new HttpRequestException($"no endpoints available for service \"{name}\"");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(subset.Each("addresses").First().Text("ip")), (int)number, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static JsonObject Read(string text, string uid)
    {
        JsonNode? review;
        try
        {
            review = JsonNode.Parse(text);
        }
        catch (JsonException broken)
        {
            throw new WebhookCallException($"failed to call webhook: couldn't get version/kind; json parse error: {broken.Message}");
        }

        if (review.Text("kind") != "AdmissionReview" || review.Text("apiVersion") != "admission.k8s.io/v1")
        {
            var version = review.Text("apiVersion").Split('/');
            throw Invalid($"expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {string.Join('/', version)}, Kind={review.Text("kind")}");
        }

        var response = review.Map("response") ?? throw Invalid("webhook response was absent");
        if (response.Text("uid") != uid)
        {
            throw Invalid($"expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
        }

        var (patch, type) = (response.Text("patch"), response.Text("patchType"));
        if (patch.Length > 0 != type.Length > 0)
        {
            throw Invalid(patch.Length > 0 ? "webhook returned response.patch but not response.patchType" : "webhook returned response.patchType but not response.patch");
        }

        return response;
    }

    private static WebhookCallException Invalid(string why) => new("received invalid webhook response: " + why);

    private static WebhookCallException Refused(HttpStatusCode code, string text) => new("failed to call webhook: " + (int)code switch
    {
        404 => "the server could not find the requested resource",
        403 => "the server has asked for the client to provide credentials",
        >= 500 => $"an error on the server (\"{text.Trim()}\") has prevented the request from succeeding",
        _ => "the server rejected our request for an unknown reason",
    });

    private static string Why(HttpRequestException lost, Uri target) => lost.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp {target.Host}:{target.Port}: connect: connection refused",
        AuthenticationException => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        HttpRequestException inner => inner.Message,
        _ => lost.Message,
    };
}
