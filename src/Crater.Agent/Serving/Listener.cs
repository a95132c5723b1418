using System.Net.Sockets;
using Crater.Agent.Host;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Crater.Agent.Serving;

/// <summary>The HTTP server itself: Kestrel without a host around it (no container, no configuration files, no logging), which halves start time and memory.</summary>
internal sealed class Listener : IDisposable
{
    private readonly KestrelServer _kestrel;
    private readonly string _socket;
    private int _overTcp;

    /// <param name="address">Beside the socket.</param>
    public Listener(string socket, Address address)
    {
        _socket = socket;
        var options = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        options.Limits.MaxRequestBodySize = Limits.BodyBytesMax;
        options.Limits.MaxConcurrentConnections = Limits.ConnectionsMax;
        options.Limits.RequestHeadersTimeout = Limits.HeadersBudget;
        options.Limits.MaxRequestHeadersTotalSize = Limits.HeaderBytesMax;
        options.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http1);
        if (address.Point is { } point)
        {
            options.Listen(point, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => CountedAsync(connection, next));
                if (address.Tls is { } tls)
                {
                    listen.Use(next => connection => tls.AcceptAsync(connection, next));
                }
            });
        }

        var transport = new SocketTransportOptions { IOQueueCount = 1 };
        _kestrel = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(transport), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
    }

    /// <exception cref="AgentException">CRT5659: the socket cannot be made.</exception>
    public void Start(ApiServer server)
    {
        RemoveStale();
        // Nobody else may connect, from the first moment on: the mode is the mask's, and is not changed after the file is there.
        var mask = Libc.SetFileMask(0x7F /* 0177 */);
        try
        {
            _kestrel.StartAsync<HttpContext>(server, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or SocketException or ArgumentException)
        {
            throw new AgentException("CRT5659", ExitCodes.Host, $"craterd cannot listen: {e.Message} Choose another --socket or --listen.");
        }
        finally
        {
            _ = Libc.SetFileMask(mask);
        }
    }

    /// <summary>Where it listens, with the ports that the kernel chose.</summary>
    public IEnumerable<string> Addresses => _kestrel.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

    /// <summary>Takes no more requests, and finishes those that it has within the budget.</summary>
    public void Stop()
    {
        using var budget = new CancellationTokenSource(Limits.StopBudget, TimeProvider.System);
        _kestrel.StopAsync(budget.Token).GetAwaiter().GetResult();
    }

    public void Dispose() => _kestrel.Dispose();

    private async Task CountedAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _overTcp) <= Limits.TcpConnectionsMax)
            {
                await next(connection);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _overTcp);
        }
    }

    // The lock on the state folder says that no other serve of ours is alive; a file that is no socket is somebody's.
    private void RemoveStale()
    {
        if (FileState.Of(_socket) is { } there)
        {
            _ = there.IsSocket ? Libc.Unlink(_socket)
                : throw new AgentException("CRT5659", ExitCodes.Host, $"{_socket} is there already and is no socket. Choose another --socket.");
        }
    }
}
