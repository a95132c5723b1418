using System.Net;
using System.Net.Sockets;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>A port on loopback that leads to a port of a pod, through the API server, until it is disposed of.</summary>
public sealed class PortForward : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<CancellationToken, Task<Stream>> _connect;
    private readonly Task _accepting;

    private PortForward(Func<CancellationToken, Task<Stream>> connect)
    {
        _connect = connect;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect to.</summary>
    public IPEndPoint Local => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Why the last connection could not be led on; null when none failed.</summary>
    public Exception? Failure { get; private set; }

    public static PortForward Open(KubernetesClient client, string space, string pod, int port) =>
        new(abort => client.ConnectToPodAsync(space, pod, port, abort));

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> led = [];
        while (!_over.IsCancellationRequested)
        {
            try
            {
                led.Add(LeadAsync(await _listener.AcceptTcpClientAsync(_over.Token)));
                led.RemoveAll(one => one.IsCompleted);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(led);
    }

    private async Task LeadAsync(TcpClient client)
    {
        using var here = client;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        try
        {
            await using var there = await _connect(ended.Token);
            var stream = here.GetStream();
            var answering = there.CopyToAsync(stream, ended.Token);
            var asking = stream.CopyToAsync(there, ended.Token);
            // The protocol has no half-closed connections: who asks may have said all, so the answer is what counts.
            if (await Task.WhenAny(answering, asking) == asking && asking.IsCompletedSuccessfully)
            {
                await answering;
            }

            await ended.CancelAsync();
            await Task.WhenAll(answering, asking);
        }
        catch (Exception e) when (e is CraterException or OperationCanceledException || NoAnswer.Is(e))
        {
            Failure = e is OperationCanceledException ? Failure : e;
        }
    }
}
