using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Lab.Holding;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>The driver <c>lab</c>: faults that need a pod's processes or its network, held by the lab itself.</summary>
/// <param name="http">With the lab's address as its base and its token as authorisation.</param>
public sealed class LabDriver(HttpClient http) : IDriver
{
    public string Name => "lab";

    public bool Supports(string fault) => LabFaults.Names.Contains(fault);

    /// <summary>A client for a lab of which only the address, the token and the certificate are known.</summary>
    public static HttpClient Client(Uri address, string token, string certificatePem)
    {
        var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(certificatePem);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new() { RemoteCertificateValidationCallback = (_, given, _, _) => given?.GetCertHashString() == certificate.GetCertHashString() },
        };
        var client = new HttpClient(handler) { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) =>
        new() { Before = await FingerprintAsync(injection, abort).ConfigureAwait(false) };

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var request = new InjectionRequest
        {
            Id = injection.Id,
            Run = injection.Run.ToString(),
            Fault = injection.Fault.Name,
            Arguments = injection.Fault.Arguments,
            Namespace = injection.Target.Namespace,
            Pod = injection.Target.Name,
            Uid = injection.Target.Uid,
            Lease = lease,
        };
        var answer = await SendAsync(HttpMethod.Post, "injections", request.Json(), abort).ConfigureAwait(false);
        return answer.Text("mechanism");
    }

    public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        SendAsync(HttpMethod.Put, $"injections/{injection.Id}", new JsonObject { ["leaseSeconds"] = lease.TotalSeconds }, abort);

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        SendAsync(HttpMethod.Delete, $"injections/{injection.Id}", body: null, budget);

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        try
        {
            var (presence, seen, hasLeftItsMark) = await PresenceAsync(injection, budget).ConfigureAwait(false);
            var now = await FingerprintAsync(injection, budget).ConfigureAwait(false);
            return new Inspection(presence, now, $"The lab says of injection {injection.Id}: {seen}; the pod's state is {now.Text}.") { HasLeftItsMark = hasLeftItsMark };
        }
        catch (CraterException e)
        {
            return new Inspection(Presence.Unknown, null, $"The lab could not be asked about injection {injection.Id}: {e.Message}");
        }
    }

    private async Task<(Presence Presence, string Seen, bool HasLeftItsMark)> PresenceAsync(Injection injection, CancellationToken budget)
    {
        try
        {
            var held = await SendAsync(HttpMethod.Get, $"injections/{injection.Id}", body: null, budget).ConfigureAwait(false);
            return (held.Text("presence") switch { "present" => Presence.Present, "absent" => Presence.Absent, _ => Presence.Unknown }, held.Text("seen"), held.Flag("leftItsMark"));
        }
        catch (CraterException e) when (e.Code == "CRT6710")
        {
            // Only the lab itself says so, in its own words: it has never had this injection.
            return (Presence.Absent, "it has never held it", false);
        }
    }

    private async Task<Fingerprint> FingerprintAsync(Injection injection, CancellationToken abort)
    {
        var query = $"fingerprint?fault={Uri.EscapeDataString(injection.Fault.Name)}&uid={Uri.EscapeDataString(injection.Target.Uid)}&injection={Uri.EscapeDataString(injection.Id)}";
        return new Fingerprint((await SendAsync(HttpMethod.Get, query, body: null, abort).ConfigureAwait(false)).Text("text"));
    }

    /// <exception cref="CraterException">The lab's own code; CRT6720 when it gave no answer that can be understood.</exception>
    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken abort)
    {
        try
        {
            using var request = new HttpRequestMessage(method, $"{HolderRoutes.Prefix}/{path}");
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(request, abort).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(abort).ConfigureAwait(false);
            return answer.IsSuccessStatusCode && JsonNode.Parse(text) is { } json ? json : throw Refusal(answer.StatusCode, text);
        }
        catch (Exception e) when (NoAnswer.Is(e) || e is JsonException || (e is OperationCanceledException && !abort.IsCancellationRequested))
        {
            throw new CraterException("CRT6720", $"The lab at {http.BaseAddress} gave no answer to {method} {path}: {e.Message} Check 'craterctl lab status'.", e);
        }
    }

    private static CraterException Refusal(HttpStatusCode status, string text)
    {
        var cause = JsonNode.Parse(text).Each("details", "causes").FirstOrDefault();
        return cause.Text("reason") is { Length: > 0 } code && code.StartsWith("CRT", StringComparison.Ordinal)
            ? new CraterException(code, cause.Text("message"))
            : new CraterException("CRT6720", $"The cluster answered {(int)status} where a lab was expected; is this kubeconfig a lab's?");
    }
}
