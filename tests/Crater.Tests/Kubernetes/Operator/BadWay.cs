using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>A proxy before a lab's API that loses watches, answers 409, 429 and 500 where it should have asked, and can cut everyone off.</summary>
internal sealed class BadWay : IAsyncDisposable
{
    private readonly Random _dice = new(7);
    private readonly Lock _gate = new();
    private readonly HttpClient _lab;
    private readonly WebApplication _application;
    private CancellationTokenSource _cut = new();

    private BadWay(HttpClient lab)
    {
        _lab = lab;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(PassAsync);
    }

    /// <summary>Nobody gets through.</summary>
    public bool IsDown { get; private set; }

    /// <value>The share of requests that is answered with an error. Range: 0 to 1. Default: 0.</value>
    public double Errors { get; set; }

    /// <summary>The status that a request is answered with instead of being passed on; null, the default for all, to pass it on.</summary>
    public Func<HttpRequest, int?> Answers { get; set; } = _ => null;

    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<BadWay> StartAsync(Uri lab, CancellationToken stop)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
#pragma warning disable CA5359 // The lab of this very test, on loopback.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        var way = new BadWay(new HttpClient(handler) { BaseAddress = lab, Timeout = Timeout.InfiniteTimeSpan });
        await way._application.StartAsync(stop);
        return way;
    }

    /// <summary>That of the lab, but by this way.</summary>
    public string Kubeconfig(string lab) => string.Join('\n', lab.Split('\n').Where(line => !line.Contains("certificate-authority-data", StringComparison.Ordinal))
        .Select(line => line.Contains("server: ", StringComparison.Ordinal) ? $"    server: {Address}" : line));

    /// <summary>Ends every answer that is under way, watches above all.</summary>
    public void Cut()
    {
        var before = _cut;
        _cut = new CancellationTokenSource();
        before.Cancel();
    }

    public void Fall()
    {
        IsDown = true;
        Cut();
    }

    public void Rise() => IsDown = false;

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
        _lab.Dispose();
    }

    private async Task PassAsync(HttpContext http)
    {
        if (IsDown)
        {
            http.Abort();
            return;
        }

        if ((Answers(http.Request) ?? Unlucky()) is { } status && !http.Request.Path.StartsWithSegments("/version"))
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{(status == 403 ? "Forbidden" : status == 409 ? "Conflict" : status == 429 ? "TooManyRequests" : "InternalError")}}","message":"a bad way","code":{{status}}}""");
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _cut.Token);
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), http.Request.Path + http.Request.QueryString.Value);
            if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            {
                request.Content = new StreamContent(http.Request.Body);
            }

            foreach (var (name, values) in http.Request.Headers.Where(header => header.Key is not ("Host" or "Connection" or "Transfer-Encoding")))
            {
                if (!request.Headers.TryAddWithoutValidation(name, [.. values]))
                {
                    request.Content?.Headers.TryAddWithoutValidation(name, [.. values]);
                }
            }

            using var answer = await _lab.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
            http.Response.StatusCode = (int)answer.StatusCode;
            http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await http.Response.StartAsync(over.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(over.Token);
            var buffer = new byte[16 * 1024];
            while (await body.ReadAsync(buffer, over.Token) is > 0 and var count)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, count), over.Token);
                await http.Response.Body.FlushAsync(over.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            http.Abort();
        }
    }

    private int? Unlucky()
    {
        lock (_gate)
        {
            int[] bad = [409, 429, 500];
            return _dice.NextDouble() < Errors ? bad[_dice.Next(bad.Length)] : null;
        }
    }
}
