using System.Net;
using System.Security.Cryptography;
using System.Text;
using Crater.Kubernetes.Operator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Server.Operating;

/// <summary>/healthz and /readyz for the kubelet, /metrics for who has the token.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HealthServer(WebApplication application) => _application = application;

    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="token">Empty where only this machine can ask.</param>
    public static async Task<HealthServer> StartAsync(CraterOperator crater, IPEndPoint listen, string token, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(listen);
        });
        var application = builder.Build();
        application.Run(http => AnswerAsync(http, crater, token));
        try
        {
            await application.StartAsync(stop);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            throw new Diagnostics.CraterException("CRT8402", $"{listen} cannot be listened on: {e.Message} Give another one with --listen.", e);
        }

        return new HealthServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext http, CraterOperator crater, string token)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        switch (http.Request.Path.Value)
        {
            case "/healthz":
                return http.Response.WriteAsync("ok\n");
            case "/readyz":
                var problem = crater.NotReady;
                http.Response.StatusCode = problem.Length == 0 ? 200 : 503;
                // Why not, is for the log and for those who may read metrics: it may name what runs here.
                return http.Response.WriteAsync(problem.Length == 0 ? "ok\n" : IsAllowed(http.Request, token) ? $"{problem}\n" : "not ready\n");
            case "/metrics" when !IsAllowed(http.Request, token):
                http.Response.StatusCode = 401;
                return http.Response.WriteAsync("Who asks? Send the token of --metrics-token-file as a bearer.\n");
            case "/metrics":
                http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                return http.Response.WriteAsync(crater.Metrics());
            default:
                http.Response.StatusCode = 404;
                return http.Response.WriteAsync("There are /healthz, /readyz and /metrics.\n");
        }
    }

    private static bool IsAllowed(HttpRequest request, string token) => token.Length == 0
        || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
}
