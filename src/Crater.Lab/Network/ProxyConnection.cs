using System.Net;
using System.Net.Sockets;

namespace Crater.Lab.Network;

/// <summary>One connection from a peer to one pod: two directions, each read, understood as far as needed, and passed on.</summary>
internal sealed class ProxyConnection(Edges edges, Edge edge, Socket client) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Conversation _conversation = new();
    private readonly CancellationTokenSource _over = new();

    /// <summary>Runs until both sides are done, or one is broken: then both are cut off at once.</summary>
    public async Task RunAsync(IPEndPoint target, CancellationToken stop)
    {
        using var link = stop.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
        try
        {
            client.NoDelay = true;
            await OpenAsync(target).ConfigureAwait(false);
            edge.Count.Connected();
            var backLine = new DelayLine(edges, edge, client, isForward: false);
            var there = new RequestPump(edges, edge, client, _server, backLine, _conversation).RunAsync(_over.Token);
            var back = new AnswerPump(edges, edge, _server, backLine, _conversation).RunAsync(_over.Token);
            await (await Task.WhenAny(there, back).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(there, back).ConfigureAwait(false);
            client.Close();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut off: the other side must see it as a reset, not as an orderly end.
            client.Close(0);
            _server.Close(0);
        }
        finally
        {
            await _over.CancelAsync().ConfigureAwait(false);
            while (_conversation.Pending.TryDequeue(out var request))
            {
                edge.Count.Answered(0, edges.Clock.GetElapsedTime(request.At));
            }
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _over.Dispose();
    }

    private async Task OpenAsync(IPEndPoint target)
    {
        if (edge.Rules.HasNetwork)
        {
            await StallAsync().ConfigureAwait(false);
        }

        if (edge.Source.Address.Length > 0)
        {
            // The pod on the other side sees the address of the pod that called, as it would in a cluster.
            _server.Bind(new IPEndPoint(IPAddress.Parse(edge.Source.Address), 0));
        }

        await _server.ConnectAsync(target, _over.Token).ConfigureAwait(false);
    }

    /// <summary>The opening waits as the rules say, but no longer than the client does.</summary>
    private async Task StallAsync()
    {
        var opening = new Segment(default, edges, isForward: true, isOpening: true).WaitAsync(edge, _over.Token);

        // A wait on a token that is cancelled is over at once: going round on it would turn for as long as the opening needs to notice, and a few
        // of those keep every thread of the pool from noticing anything.
        while (!opening.IsCompleted && !_over.IsCancellationRequested)
        {
            await Task.WhenAny(opening, Task.Delay(Timeouts.LookAgain, edges.Clock, _over.Token)).ConfigureAwait(false);
            if (HasLeft())
            {
                await _over.CancelAsync().ConfigureAwait(false);
            }
        }

        await opening.ConfigureAwait(false);
    }

    /// <summary>Whether the client has closed its side, which cannot be read while its bytes are still unread.</summary>
    private bool HasLeft()
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        const byte Established = 1;
        Span<byte> info = stackalloc byte[8];
        return client.GetRawSocketOption(Tcp, TcpInfo, info) > 0 && info[0] != Established;
    }
}
