using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Experiments.SecretStores;

/// <summary>Requests to one Vault. Documents are read by code that does not wait in the background, so neither does this.</summary>
/// <param name="space">Vault's namespace; empty for none.</param>
/// <param name="authority">File of the certificates to trust; empty for the system's.</param>
internal sealed class VaultWire(string address, string space, string authority, TimeSpan patience, TimeProvider clock)
{
    /// <value>How much of an answer is read. Unit: bytes.</value>
    private const int AnswerMax = 4 * 1024 * 1024;

    /// <exception cref="VaultException">CRT2262, CRT2263, CRT2268: there was no answer, or none that can be read.</exception>
    public (int Status, JsonNode? Answer) Ask(HttpMethod method, string url, JsonObject? body, string token)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var place) || place.Scheme is not ("http" or "https"))
        {
            throw new VaultException("CRT2263", $"vault_addr is no address of Vault: '{address}'; it must begin with http:// or https://.");
        }

        using var timeout = new CancellationTokenSource(patience, clock);
        using var handler = Handler();
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerMax };
        using var request = Request(method, place, body, token);
        try
        {
            using var response = client.Send(request, timeout.Token);
            using var reader = new StreamReader(response.Content.ReadAsStream(timeout.Token), Encoding.UTF8);
            return ((int)response.StatusCode, Parse(reader.ReadToEnd()));
        }
        catch (OperationCanceledException)
        {
            throw new VaultException("CRT2262", $"Vault at {Shown(place)} did not answer within {Durations.Text(patience)}.");
        }
        catch (Exception error) when (NoAnswer.Is(error))
        {
            throw new VaultException("CRT2262", $"Vault at {Shown(place)} could not be asked: {error.InnerException?.Message ?? error.Message}");
        }
        catch (JsonException)
        {
            throw new VaultException("CRT2268", $"What answers at {Shown(place)} is not Vault: the answer is no JSON.");
        }
    }

    /// <summary>What Vault gives as reasons, with the secrets that it was sent taken out.</summary>
    public static string Reasons(JsonNode? answer, params string[] secrets)
    {
        var text = answer?["errors"] is JsonArray { Count: > 0 } errors ? string.Join("; ", errors.Select(error => error?.ToString().Trim())) : "no reason given";
        return secrets.Where(secret => secret.Length > 0).Aggregate(text, (shown, secret) => shown.Replace(secret, Secrets.Masked, StringComparison.Ordinal));
    }

    private HttpRequestMessage Request(HttpMethod method, Uri place, JsonObject? body, string token)
    {
        var request = new HttpRequestMessage(method, place);
        request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
        if (token.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("X-Vault-Token", token);
        }

        if (space.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("X-Vault-Namespace", space);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        return request;
    }

    private SocketsHttpHandler Handler()
    {
        // A standby points to the active server, and the token goes there with the request; the framework does not follow from https to http.
        var handler = new SocketsHttpHandler { UseCookies = false, ConnectTimeout = patience, MaxAutomaticRedirections = 3 };
        if (authority.Length > 0)
        {
            handler.SslOptions.CertificateChainPolicy = Trust();
        }

        return handler;
    }

    private X509ChainPolicy Trust()
    {
        try
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(authority);
            return policy;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new VaultException("CRT2262", $"The certificates of VAULT_CACERT at {authority} cannot be read: {error.Message}");
        }
    }

    private static JsonNode? Parse(string text) => text.Length == 0 ? null : JsonNode.Parse(text);

    private static string Shown(Uri place) => place.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
}
