using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Operator.Admission;
using Microsoft.AspNetCore.Http;

namespace Crater.Server.Operating;

/// <summary>POST /validate over TLS for the API server. What it answers is about what was sent, so it tells nobody anything of the cluster but whether that could be run.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    /// <summary>What an API server sends at most: two objects of the largest size.</summary>
    private const int BodyMax = 7 * 1024 * 1024;

    private readonly Listener _listener;
    private readonly ServedCertificate _certificate;

    private WebhookServer(Listener listener, ServedCertificate certificate) => (_listener, _certificate) = (listener, certificate);

    public string Address => _listener.Address;

    /// <exception cref="CraterException">CRT8402: no certificate, or the address is taken.</exception>
    public static async Task<WebhookServer> StartAsync(ExperimentAdmission admission, IPEndPoint listen, string certificateFile, string keyFile, CancellationToken stop)
    {
        var certificate = new ServedCertificate(certificateFile, keyFile, "--webhook-cert and --webhook-key");
        try
        {
            certificate.Current();
            var options = new ListenOptions(listen, "--webhook-listen") { BodyMax = BodyMax, Certificate = certificate.Current };
            return new WebhookServer(await Listener.StartAsync(options, http => AnswerAsync(http, admission), stop), certificate);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>When what it serves now is no longer good.</summary>
    public DateTimeOffset CertificateEnd => _certificate.Current().NotAfter;

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _certificate.Dispose();
    }

    private static async Task AnswerAsync(HttpContext http, ExperimentAdmission admission)
    {
        if (http.Request.Path != "/validate" || !HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = 404;
            return;
        }

        JsonObject? review;
        try
        {
            review = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted) as JsonObject;
        }
        catch (JsonException)
        {
            review = null;
        }

        if (review is null || (string?)review["kind"] != "AdmissionReview")
        {
            http.Response.StatusCode = 400;
            return;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync((await admission.ReviewAsync(review, http.RequestAborted)).ToJsonString(), http.RequestAborted);
    }
}
