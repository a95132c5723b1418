using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Crater.Lab.Api.Streams.Spdy;

namespace Crater.Lab.Api.Streams;

/// <summary>
/// portforward as kubectl speaks it: for each connection two SPDY streams of one request id, one for its bytes and one that says what went wrong.
/// A connection to the pod is opened when both are there.
/// </summary>
/// <param name="connect">Opens a connection to a port of the pod; fails with a SocketException.</param>
internal sealed class PortTunnel(SpdyConnection connection, string pod, Func<int, CancellationToken, Task<Socket>> connect, CancellationToken stop)
{
    private const int BufferBytes = 32 * 1024;

    private readonly Dictionary<string, SpdyStream> _waiting = [];
    private readonly ConcurrentDictionary<int, Task> _led = new();

    /// <summary>Leads connections until the client leaves.</summary>
    public async Task RunAsync()
    {
        try
        {
            await connection.RunAsync(Opened, stop);
        }
        finally
        {
            await Task.WhenAll(_led.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ResetReason? Opened(SpdyStream stream)
    {
        var (kind, request) = (stream.Header("streamType"), stream.Header("requestID"));
        if (kind is not ("data" or "error") || !TryPort(stream.Header("port"), out var port))
        {
            return ResetReason.Refused;
        }

        if (!_waiting.Remove(request, out var other))
        {
            _waiting[request] = stream;
            return null;
        }

        if (other.Header("streamType") == kind || other.Header("port") != stream.Header("port"))
        {
            return ResetReason.Refused;
        }

        var (data, errors) = kind == "data" ? (stream, other) : (other, stream);
        var leading = LeadAsync(data, errors, port);
        _led[data.Id] = leading;
        _ = leading.ContinueWith(_ => _led.TryRemove(data.Id, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return null;
    }

    private static bool TryPort(string text, out int port) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    private async Task LeadAsync(SpdyStream data, SpdyStream errors, int port)
    {
        await Task.WhenAll(data.WasAccepted, errors.WasAccepted);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            using var socket = await connect(port, over.Token);
            _ = data.WasReset.ContinueWith(_ => over.Cancel(), over.Token, TaskContinuationOptions.None, TaskScheduler.Default);
            var asking = AskAsync(data, socket, over.Token);
            await AnswerAsync(socket, data, over.Token);
            await EndAsync(data, errors);
            await over.CancelAsync();
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (SocketException refused)
        {
            var why = refused.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : refused.Message;
            await SayAsync(errors, $"error forwarding port {port} to pod {pod}, uid : failed to connect to localhost:{port} inside namespace: connect: {why}");
            await EndAsync(data, errors);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client wants no more of it, or has left.
        }
        finally
        {
            connection.Forget(data);
            connection.Forget(errors);
        }
    }

    private static async Task AskAsync(SpdyStream data, Socket socket, CancellationToken over)
    {
        try
        {
            await foreach (var piece in data.Received.ReadAllAsync(over))
            {
                for (var rest = piece; rest.Length > 0;)
                {
                    rest = rest[await socket.SendAsync(rest, over)..];
                }
            }

            if (!data.WasReset.IsCompleted)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // The pod has closed its side: its last words are still on their way.
        }
    }

    private static async Task AnswerAsync(Socket socket, SpdyStream data, CancellationToken over)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await socket.ReceiveAsync(buffer, over) is > 0 and var count)
            {
                await data.SendAsync(buffer.AsMemory(0, count), over);
            }
        }
        catch (SocketException)
        {
            // Reset by the pod: for the client that is the end.
        }
    }

    private async Task SayAsync(SpdyStream errors, string why)
    {
        try
        {
            await errors.SendAsync(Encoding.UTF8.GetBytes(why), stop);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Nobody is there to hear it.
        }
    }

    private async Task EndAsync(SpdyStream data, SpdyStream errors)
    {
        try
        {
            await data.EndAsync(stop);
            await errors.EndAsync(stop);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }
}
