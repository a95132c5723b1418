using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>Another service as a role under test sees it, played by the test: an HTTP server on loopback that answers as the test says.</summary>
internal sealed class Dependency : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;
    private int _now;
    private int _most;

    private Dependency(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>Requests that arrived.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Most requests that were in hand at the same time.</summary>
    public int ConcurrentMost => Volatile.Read(ref _most);

    public static async Task<Dependency> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var dependency = new Dependency(builder.Build());
        dependency._app.Urls.Add("http://127.0.0.1:0");
        dependency._app.Run(context => dependency.CountedAsync(context, answer));
        await dependency._app.StartAsync(TestContext.Current.CancellationToken);
        return dependency;
    }

    /// <summary>Answers everything with this status and JSON text.</summary>
    public static Task<Dependency> AnsweringAsync(int status, string json = "{}") =>
        StartAsync((context, _) => WriteAsync(context, status, json));

    public static async Task WriteAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        if (status != 204)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(json, context.RequestAborted);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CountedAsync(HttpContext context, Func<HttpContext, int, Task> answer)
    {
        var number = Interlocked.Increment(ref _requests);
        var now = Interlocked.Increment(ref _now);
        InterlockedMax(now);
        try
        {
            await answer(context, number);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }

    private void InterlockedMax(int now)
    {
        int seen;
        while (now > (seen = Volatile.Read(ref _most)) && Interlocked.CompareExchange(ref _most, now, seen) != seen)
        {
            // Another request raised it in between; look again.
        }
    }
}
