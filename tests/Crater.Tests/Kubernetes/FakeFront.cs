using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.Tests.Kubernetes;

/// <summary>A fake: an HTTP server on loopback that answers what the test says, or passes on to a real API server.</summary>
internal sealed class FakeFront : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient? _behind;

    private FakeFront(WebApplication app, HttpClient? behind)
    {
        _app = app;
        _behind = behind;
    }

    public required Uri Address { get; init; }

    public List<string> Requests { get; } = [];

    /// <param name="answer">Returns whether it answered; otherwise the request goes to <paramref name="behind"/>, or is a 404.</param>
    /// <param name="listen">How it listens, for example with TLS.</param>
    public static async Task<FakeFront> StartAsync(Func<HttpContext, Task<bool>> answer, HttpClient? behind = null, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen ?? (_ => { })));
        var app = builder.Build();
        app.UseWebSockets();
        FakeFront? front = null;
        app.Run(async context =>
        {
            lock (front!.Requests)
            {
                front.Requests.Add($"{context.Request.Method} {context.Request.Path}");
            }

            if (!await answer(context))
            {
                await front.PassOnAsync(context);
            }
        });
        // The address is only known after the start; nobody can ask before they are given it.
        await app.StartAsync(TestContext.Current.CancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return front = new FakeFront(app, behind) { Address = new Uri(address + "/") };
    }

    public static async Task<bool> StatusAsync(HttpContext context, int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        await context.Response.WriteAsJsonAsync(new { kind = "Status", apiVersion = "v1", status = "Failure", code, reason, message });
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task PassOnAsync(HttpContext context)
    {
        if (_behind is null)
        {
            await StatusAsync(context, 404, "NotFound", "the fake has nothing here");
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), context.Request.Path.Value!.TrimStart('/') + context.Request.QueryString);
        if (context.Request.ContentLength > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        using var answer = await _behind.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[1 << 16];
        while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            // At once, since a watch never fills a buffer.
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
