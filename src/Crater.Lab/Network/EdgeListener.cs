using System.Net;
using System.Net.Sockets;

namespace Crater.Lab.Network;

/// <summary>One listener for one source and one port of a service, so that both ends of every connection are known.</summary>
internal sealed class EdgeListener : IDisposable
{
    private const int Backlog = 512;

    private readonly Socket _socket;
    private readonly CancellationTokenSource _over = new();

    /// <param name="address">Where to listen; port 0 takes a free one.</param>
    public EdgeListener(Edges edges, Peer source, IPEndPoint address, Func<(Peer Peer, IPEndPoint At)?> pick)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(address);
        _socket.Listen(Backlog);
        Address = (IPEndPoint)_socket.LocalEndPoint!;
        _ = AcceptAsync(edges, source, pick);
    }

    public IPEndPoint Address { get; }

    /// <summary>Stops listening; connections that are open stay.</summary>
    public void Dispose()
    {
        _over.Cancel();
        _socket.Dispose();
    }

    private async Task AcceptAsync(Edges edges, Peer source, Func<(Peer Peer, IPEndPoint At)?> pick)
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_over.Token).ConfigureAwait(false);
                _ = ServeAsync(edges, source, pick(), client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that left before it was accepted, or no descriptor free for the moment: the listener goes on.
                await Task.Delay(TimeSpan.FromMilliseconds(10), edges.Clock, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static async Task ServeAsync(Edges edges, Peer source, (Peer Peer, IPEndPoint At)? picked, Socket client)
    {
        if (picked is not { } target)
        {
            // As kube-proxy answers for a service without endpoints: refused, here as a reset.
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
            return;
        }

        using var connection = new ProxyConnection(edges, edges.Between(source, target.Peer), client);
        await connection.RunAsync(target.At, CancellationToken.None).ConfigureAwait(false);
    }
}
