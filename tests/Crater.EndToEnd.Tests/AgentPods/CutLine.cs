using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>A way to a server that can be cut: all connections at once, while new ones come about again.</summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly CancellationTokenSource _over = new();
    private readonly EndPoint _server;
    private readonly Task _accepting;

    public CutLine(EndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <returns>How many connections were cut.</returns>
    public int Cut()
    {
        var cut = 0;
        foreach (var socket in _open.Keys)
        {
            try
            {
                // With a reset, as a middle box does that has forgotten them.
                socket.LingerState = new LingerOption(true, 0);
                socket.Dispose();
                cut++;
            }
            catch (ObjectDisposedException)
            {
                // It came to its own end at this moment.
            }
        }

        return cut / 2;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync(_over.Token);
            var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(_server, _over.Token);
            _ = LeadAsync(client, server);
        }
    }

    private async Task LeadAsync(Socket client, Socket server)
    {
        (_open[client], _open[server]) = (true, true);
        try
        {
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        finally
        {
            foreach (var socket in (Socket[])[client, server])
            {
                _open.TryRemove(socket, out _);
                socket.Dispose();
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _over.Token) is > 0 and var count)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _over.Token);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut, or closed by one of the two.
        }
    }
}
