using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Operator.Admission;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Server.Operating;

/// <summary>POST /validate over TLS for the API server. What it answers is about what was sent, so it tells nobody anything of the cluster but whether that could be run.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    /// <summary>What an API server sends at most: two objects of the largest size.</summary>
    private const int BodyMax = 7 * 1024 * 1024;

    private readonly WebApplication _application;
    private readonly WebhookCertificate _certificate;

    private WebhookServer(WebApplication application, WebhookCertificate certificate) => (_application, _certificate) = (application, certificate);

    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <exception cref="CraterException">CRT8402: no certificate, or the address is taken.</exception>
    public static async Task<WebhookServer> StartAsync(ExperimentAdmission admission, IPEndPoint listen, string certificateFile, string keyFile, CancellationToken stop)
    {
        var certificate = new WebhookCertificate(certificateFile, keyFile);
        certificate.Current();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyMax;
            kestrel.Listen(listen, on => on.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate.Current()));
        });
        var application = builder.Build();
        application.Run(http => AnswerAsync(http, admission));
        try
        {
            await application.StartAsync(stop);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            certificate.Dispose();
            throw new CraterException("CRT8402", $"{listen} cannot be listened on: {e.Message} Give another one with --webhook-listen.", e);
        }

        return new WebhookServer(application, certificate);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
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

/// <summary>The certificate as it is in its files now: whoever renews it writes them anew and need not start us again.</summary>
internal sealed class WebhookCertificate(string certificateFile, string keyFile) : IDisposable
{
    private readonly Lock _gate = new();
    private X509Certificate2? _current;
    private DateTime _writtenAt;

    /// <exception cref="CraterException">CRT8402: there is none that can be read, and there was none before.</exception>
    public X509Certificate2 Current()
    {
        lock (_gate)
        {
            try
            {
                var writtenAt = File.GetLastWriteTimeUtc(certificateFile);
                if (_current is null || writtenAt != _writtenAt)
                {
                    using var read = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
                    (_current, _writtenAt) = (X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null), writtenAt);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException && _current is null)
            {
                throw new CraterException("CRT8402", $"The webhook's certificate cannot be read from {certificateFile} and {keyFile}: {e.Message} Give PEM files with --webhook-cert and --webhook-key.", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // In the middle of being written anew: the one before is good until it is not.
            }

            return _current!;
        }
    }

    public void Dispose() => _current?.Dispose();
}
