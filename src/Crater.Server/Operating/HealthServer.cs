using System.Net;
using Crater.Kubernetes.Operator;
using Microsoft.AspNetCore.Http;

namespace Crater.Server.Operating;

/// <summary>/healthz and /readyz for the kubelet, /metrics for who has the token.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly Listener _listener;

    private HealthServer(Listener listener) => _listener = listener;

    public string Address => _listener.Address;

    /// <param name="metrics">The text of /metrics.</param>
    public static async Task<HealthServer> StartAsync(CraterOperator crater, Func<string> metrics, IPEndPoint listen, MetricsToken token, CancellationToken stop) =>
        new(await Listener.StartAsync(new ListenOptions(listen, "--listen"), http => AnswerAsync(http, crater, metrics, token), stop));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private static Task AnswerAsync(HttpContext http, CraterOperator crater, Func<string> metrics, MetricsToken token)
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
                return http.Response.WriteAsync(problem.Length == 0 ? "ok\n" : token.IsShownBy(http.Request) ? $"{problem}\n" : "not ready\n");
            case "/metrics" when !token.IsShownBy(http.Request):
                http.Response.StatusCode = 401;
                return http.Response.WriteAsync("Who asks? Send the token of --metrics-token-file as a bearer.\n");
            case "/metrics":
                return MetricsServer.WriteAsync(http, metrics);
            default:
                http.Response.StatusCode = 404;
                return http.Response.WriteAsync("There are /healthz, /readyz and /metrics.\n");
        }
    }
}
