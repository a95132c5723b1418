using System.Net;
using System.Security.Cryptography.X509Certificates;
using Crater.Kubernetes.Operator;
using Microsoft.AspNetCore.Http;

namespace Crater.Server.Operating;

/// <summary>
/// GET /metrics for whom the cluster lets read it. A service account's token is worth more than these figures, so it is taken over TLS alone.
/// </summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    /// <summary>Scrapers are few; each connection may cost two questions to the API server.</summary>
    private const int ConnectionsMax = 32;

    private readonly Listener _listener;
    private readonly IDisposable _certificate;

    private MetricsServer(Listener listener, IDisposable certificate) => (_listener, _certificate) = (listener, certificate);

    public string Address => _listener.Address;

    /// <param name="certificateFile">Empty for a certificate of this process alone, which no scraper can check.</param>
    /// <exception cref="Diagnostics.CraterException">CRT8402: no certificate, or the address is taken.</exception>
    public static async Task<MetricsServer> StartAsync(MetricsReaders readers, Func<string> metrics, IPEndPoint listen, string certificateFile, string keyFile, CancellationToken stop)
    {
        var (certificate, current) = Certificate(certificateFile, keyFile);
        try
        {
            current();
            var options = new ListenOptions(listen, "--metrics-listen") { Certificate = current, ConnectionsMax = ConnectionsMax };
            return new MetricsServer(await Listener.StartAsync(options, http => AnswerAsync(http, readers, metrics), stop), certificate);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _certificate.Dispose();
    }

    /// <summary>Answers with the figures in Prometheus' text format.</summary>
    public static Task WriteAsync(HttpContext http, Func<string> metrics)
    {
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return http.Response.WriteAsync(metrics());
    }

    private static (IDisposable Certificate, Func<X509Certificate2> Current) Certificate(string certificateFile, string keyFile)
    {
        if (certificateFile.Length == 0)
        {
            var own = ServedCertificate.OfThisProcess("crater-operator", TimeProvider.System);
            return (own, () => own);
        }

        var served = new ServedCertificate(certificateFile, keyFile, "--metrics-cert and --metrics-key");
        return (served, served.Current);
    }

    private static async Task AnswerAsync(HttpContext http, MetricsReaders readers, Func<string> metrics)
    {
        const string Scheme = "Bearer ";
        http.Response.ContentType = "text/plain; charset=utf-8";
        if (http.Request.Path.Value != MetricsReaders.Path || !HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.StatusCode = 404;
            await http.Response.WriteAsync($"There is {MetricsReaders.Path}.\n");
            return;
        }

        var header = http.Request.Headers.Authorization.ToString();
        var bearer = header.StartsWith(Scheme, StringComparison.Ordinal) ? header[Scheme.Length..].Trim() : "";
        var answer = await readers.AskAsync(bearer, http.RequestAborted);
        if (answer == MetricsAccess.Allowed)
        {
            await WriteAsync(http, metrics);
            return;
        }

        http.Response.StatusCode = answer switch { MetricsAccess.Unknown => 401, MetricsAccess.Refused => 403, _ => 503 };
        await http.Response.WriteAsync(answer switch
        {
            MetricsAccess.Unknown => "Who asks? Send a token of a service account as a bearer.\n",
            MetricsAccess.Refused => "This account may not read /metrics. Bind it to the ClusterRole crater-metrics-reader.\n",
            _ => "The cluster does not say who that is. Ask again later.\n",
        });
    }
}
