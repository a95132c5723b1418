using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shop.Hosting;

/// <summary>The HTTP side of every role: routes, metrics, a limit on concurrent requests, probes and drain.</summary>
internal sealed class ShopServer(RoleHost host) : IHttpApplication<HttpContext>
{
    /// <summary>How long a drained pod stays unready when no SIGTERM follows.</summary>
    private static readonly TimeSpan DrainForgottenAfter = TimeSpan.FromSeconds(30);

    private readonly int _concurrentMax = host.Settings.Count("MAX_CONCURRENT", 64);
    private readonly TimeSpan _drainDelay = host.Settings.Duration("DRAIN_DELAY", "0s");
    private readonly TimeSpan _startDelay = host.Settings.Duration("START_DELAY", "0s");
    private readonly long _started = host.Clock.GetTimestamp();
    private int _concurrent;
    private long _drainingSince;

    /// <summary>The process has made its first call to itself; set once, at the start.</summary>
    public bool IsWarmedUp { get; set; }

    private bool IsWarm => IsWarmedUp && host.Clock.GetElapsedTime(_started) >= _startDelay;

    private bool IsDraining => Interlocked.Read(ref _drainingSince) is not 0 and var since && host.Clock.GetElapsedTime(since) < DrainForgottenAfter;

    /// <summary>Unready from now on; returns when the endpoints of the service have had time to follow.</summary>
    public async Task DrainAsync()
    {
        Interlocked.CompareExchange(ref _drainingSince, host.Clock.GetTimestamp(), 0);
        var left = _drainDelay - host.Clock.GetElapsedTime(Interlocked.Read(ref _drainingSince));
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, host.Clock, CancellationToken.None);
        }
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (await ProbeAsync(path, context.RequestAborted) is { } probe)
        {
            await WriteAsync(context, probe);
            return;
        }

        var began = host.Clock.GetTimestamp();
        var values = new Dictionary<string, string>(2);
        var route = host.Routes.Find(context.Request.Method, path, values);
        var reply = route is null
            ? Reply.Error(404, $"{host.Role} has no {context.Request.Method} {path}.")
            : await AnswerAsync(route, new Request(context, values));
        host.Metrics.Observe(context.Request.Method, route?.Pattern ?? "none", reply.Status, host.Clock.GetElapsedTime(began));
        await WriteAsync(context, reply);
    }

    private async Task<Reply?> ProbeAsync(string path, CancellationToken abort) => path switch
    {
        "/healthz" => Reply.Text(200, "ok\n"),
        "/healthz/dependencies" => await host.BrokenBecause(abort) is { } reason ? Reply.Text(503, reason + "\n") : Reply.Text(200, "ok\n"),
        "/ready" => NotReadyBecause() is { } reason ? Reply.Text(503, reason + "\n") : Reply.Text(200, "ok\n"),
        "/metrics" => Reply.Text(200, host.Metrics.Text(), "text/plain; version=0.0.4; charset=utf-8"),
        "/drain" => await DrainedAsync(),
        _ => null,
    };

    private string? NotReadyBecause() => IsDraining ? "draining" : IsWarm ? host.NotReadyBecause() : "starting";

    private async Task<Reply> DrainedAsync()
    {
        await DrainAsync();
        return Reply.Text(200, "drained\n");
    }

    private async Task<Reply> AnswerAsync(Route route, Request request)
    {
        if (host.Clock.GetElapsedTime(_started) < _startDelay)
        {
            return Reply.Error(503, $"{host.Role} is still starting.");
        }

        try
        {
            // More waiting requests than this would only wait for each other; the caller may try another replica.
            return Interlocked.Increment(ref _concurrent) > _concurrentMax
                ? Reply.Error(503, $"{host.Role} has {_concurrentMax} requests in hand already.")
                : await route.Handler(request);
        }
        catch (BadHttpRequestException e)
        {
            return Reply.Error(e.StatusCode, e.Message);
        }
        catch (OperationCanceledException) when (request.Abort.IsCancellationRequested)
        {
            return Reply.Empty(499);
        }
        catch (Exception e)     // one broken request must not end the process
        {
            host.Log.Write("error", "request failed", ("route", route.Pattern), ("reason", e.ToString()));
            return Reply.Error(500, $"{host.Role} failed; its log says why.");
        }
        finally
        {
            Interlocked.Decrement(ref _concurrent);
        }
    }

    private static async Task WriteAsync(HttpContext context, Reply reply)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        context.Response.StatusCode = reply.Status;
        if (reply.Version > 0)
        {
            context.Response.Headers.ETag = $"\"{reply.Version}\"";
        }

        if (reply.Status == 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        if (reply.Status is not 204 and not 304)
        {
            context.Response.ContentType = reply.ContentType;
            context.Response.ContentLength = reply.Body.Length;
            await context.Response.Body.WriteAsync(reply.Body);
        }
    }
}
