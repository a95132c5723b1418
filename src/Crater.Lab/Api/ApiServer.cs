using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crater.Lab.Api.Access;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Lab.Api;

/// <summary>The lab's Kubernetes API: HTTPS on loopback, behind one bearer token.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _token;
    private readonly List<(string Prefix, RequestDelegate Answer)> _extensions = [];
    private readonly AccountTokens _tokens;
    private readonly ApiRouter _router;
    private readonly ApiServerOptions _options;

    public ApiServer(ResourceStore store, IPodRuntime runtime, TimeProvider clock, ApiServerOptions options)
    {
        _options = options;
        _token = Encoding.UTF8.GetBytes(options.Token);
        _certificate = LoopbackCertificate.Create(clock);
        _tokens = new AccountTokens(clock);
        _router = new ApiRouter(store, runtime, _tokens, clock);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.Limits.MaxRequestBodySize = ApiRouter.BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(_certificate);
            });
        });
        _application = builder.Build();
        _application.UseWebSockets();
        _application.Run(AnswerAsync);
    }

    public string Token => _options.Token;

    /// <summary>Where the server listens, for example <c>https://127.0.0.1:40123</c>; known after <see cref="StartAsync"/>.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The server's certificate in PEM, for clients that are not given the kubeconfig.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>
    /// Lets <paramref name="answer"/> have every request whose path begins with <paramref name="pathPrefix"/>, after authentication and
    /// before anything else. To be called before <see cref="StartAsync"/>.
    /// </summary>
    public void Map(string pathPrefix, RequestDelegate answer) => _extensions.Add((pathPrefix, answer));

    public Task StartAsync(CancellationToken stop) => _application.StartAsync(stop);

    /// <summary>A kubeconfig with the address, the certificate and the token.</summary>
    public string Kubeconfig() => $"""
        apiVersion: v1
        kind: Config
        current-context: {_options.ClusterName}
        clusters:
        - name: {_options.ClusterName}
          cluster:
            server: {Address.GetLeftPart(UriPartial.Authority)}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(CertificatePem))}
        users:
        - name: {_options.ClusterName}
          user:
            token: {Token}
        contexts:
        - name: {_options.ClusterName}
          context:
            cluster: {_options.ClusterName}
            user: {_options.ClusterName}
            namespace: default

        """;

    public async ValueTask DisposeAsync()
    {
        await _router.StopWatchesAsync();
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
        _router.Dispose();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (!IsAuthenticated(http.Request) && !IsHealthCheck(http.Request.Path))
        {
            await StatusAnswer.WriteAsync(http, ApiException.Unauthorized());
            return;
        }

        var path = http.Request.Path.Value ?? "/";
        foreach (var (prefix, answer) in _extensions)
        {
            // What the lab itself offers, faults above all, is its owner's alone.
            if (path.StartsWith(prefix, StringComparison.Ordinal) && !http.Items.ContainsKey(AccessRules.AccountItem))
            {
                await answer(http);
                return;
            }
        }

        await _router.AnswerAsync(http);
    }

    /// <summary>The owner of the lab's own token, or a service account by a token that it was given.</summary>
    private bool IsAuthenticated(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        var given = header[Scheme.Length..];
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token))
        {
            return true;
        }

        if (_tokens.AccountOf(given) is not { } account)
        {
            return false;
        }

        request.HttpContext.Items[AccessRules.AccountItem] = account;
        return true;
    }

    /// <summary>As on a real cluster, whether the server lives may be asked by anyone.</summary>
    private static bool IsHealthCheck(PathString path) => HealthCalls.Find(path) is not null || path.Value == "/version";
}
