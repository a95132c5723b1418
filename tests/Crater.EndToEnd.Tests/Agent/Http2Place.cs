using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Crater.Agent.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Kestrel in a network namespace, in HTTP/2 without TLS, and clients of .NET for it. Paths: /big answers <see cref="WebPlace.Big"/>, /echo what it gets, /none no body, /trailers says something
/// at its end; everything else is hello.
/// </summary>
internal sealed class Http2Place : IDisposable
{
    private readonly string _namespace;
    private readonly WebApplication _app;
    private readonly ConcurrentBag<IDisposable> _clients = [];
    private int _connections;

    private Http2Place(string place, WebApplication app) => (_namespace, _app) = (place, app);

    /// <summary>Paths in the order in which they came.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Connections that clients have made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public static async Task<Http2Place> StartAsync(ProcessIdentity place)
    {
        var inside = $"/proc/{place.Pid}/ns/net";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = address => NetworkNamespace.Inside(inside, () => SocketTransportOptions.CreateDefaultBoundListenSocket(address)));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Any, WebPlace.Port, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var web = new Http2Place(inside, app);
        app.Run(web.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return web;
    }

    /// <summary>A client with one connection, which it makes anew when it has to.</summary>
    public HttpClient Client()
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) =>
            {
                Interlocked.Increment(ref _connections);
                var socket = NetworkNamespace.Inside(_namespace, () =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    socket.Connect(IPAddress.Loopback, WebPlace.Port);
                    return socket;
                });
                return ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true));
            },
        })
        {
            BaseAddress = new Uri($"http://web:{WebPlace.Port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(60),
        };
        _clients.Add(client);
        return client;
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Seen.Enqueue(context.Request.Path);
        context.Response.Headers["x-server"] = "web";
        switch (context.Request.Path.Value)
        {
            case "/big":
                await context.Response.Body.WriteAsync(WebPlace.Big, context.RequestAborted);
                break;
            case "/echo":
                // All of it first: a client that only reads once it has sent everything must not be kept from sending.
                using (var body = new MemoryStream())
                {
                    await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                    await context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted);
                }

                break;
            case "/none":
                context.Response.StatusCode = 204;
                break;
            case "/trailers":
                context.Response.DeclareTrailer("x-end");
                await context.Response.WriteAsync("hello", context.RequestAborted);
                context.Response.AppendTrailer("x-end", "well");
                break;
            default:
                await context.Response.WriteAsync("hello", context.RequestAborted);
                break;
        }
    }
}
