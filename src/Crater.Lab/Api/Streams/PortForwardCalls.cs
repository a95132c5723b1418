using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Streams;

/// <summary>
/// portforward over a plain WebSocket (v4): two channels for each port, one for its bytes and one for what went wrong; each begins with the port's number.
/// </summary>
internal sealed class PortForwardCalls(ResourceStore store, TimeProvider clock)
{
    private const int BufferBytes = 32 * 1024;

    /// <summary>How long a client may take to close after the pod has.</summary>
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(10);

    public async Task AnswerAsync(ApiRequest request, CancellationToken stopping)
    {
        var pod = store.Peek("pods", request.Space, request.Name) ?? throw ApiException.NotFound("pods", request.Name);
        if (pod.Text("spec", "nodeName").Length == 0)
        {
            throw ApiException.BadRequest($"pod {request.Name} does not have a host assigned");
        }

        var ports = request.Http.Request.Query["ports"].SelectMany(text => (text ?? "").Split(',')).Select(text => ushort.TryParse(text, out var port) && port > 0
            ? port : throw ApiException.BadRequest($"query parameter \"ports\" must be a positive integer: \"{text}\"")).ToList();
        if (ports.Count == 0)
        {
            throw ApiException.BadRequest("query parameter \"ports\" is required");
        }

        var (socket, _) = await StreamChannels.AcceptAsync(request.Http, "v4.channel.k8s.io");
        using var channels = new StreamChannels(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, request.Http.RequestAborted);
        List<Socket?> places = [];
        try
        {
            List<Task> copying = [];
            for (var i = 0; i < ports.Count; i++)
            {
                var (data, errors) = ((byte)(2 * i), (byte)((2 * i) + 1));
                byte[] number = [(byte)ports[i], (byte)(ports[i] >> 8)];
                await channels.SendAsync(data, number, ended.Token);
                await channels.SendAsync(errors, number, ended.Token);
                places.Add(await ConnectAsync(pod, ports[i], channels, errors, ended.Token));
                if (places[i] is { } place)
                {
                    copying.Add(CopyAsync(place, channels, data, ended.Token));
                }
            }

            var receiving = channels.ReceiveAsync((channel, bytes) => channel % 2 == 0 && channel / 2 < places.Count && places[channel / 2] is { } to
                ? SendAsync(to, bytes, ended.Token) : Task.CompletedTask, ended.Token);
            await Task.WhenAny(Task.WhenAll(copying), receiving);
            await channels.EndAsync(ended.Token);
            // Until the client has taken the last bytes and closes too: whoever returned now would cut them off.
            await Task.WhenAny(receiving, Task.Delay(ClosePatience, clock, ended.Token));
        }
        catch (Exception left) when (left is OperationCanceledException or WebSocketException)
        {
            // The client has left.
        }
        finally
        {
            await ended.CancelAsync();
            places.ForEach(place => place?.Dispose());
        }
    }

    private static async Task<Socket?> ConnectAsync(System.Text.Json.Nodes.JsonObject pod, int port, StreamChannels channels, byte errors, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(pod.Text("status", "podIP")), port, stop);
            return socket;
        }
        catch (Exception lost) when (lost is SocketException or FormatException)
        {
            socket.Dispose();
            var why = $"an error occurred forwarding {port} -> {port}: error forwarding port {port} to pod {pod.Name()}, uid : failed to connect to localhost:{port} inside namespace: connect: connection refused";
            await channels.SendAsync(errors, Encoding.UTF8.GetBytes(why), stop);
            return null;
        }
    }

    private static async Task CopyAsync(Socket from, StreamChannels channels, byte channel, CancellationToken stop)
    {
        var stream = new NetworkStream(from, ownsSocket: false);
        await using var reading = stream;
        await channels.CopyAsync(channel, reading, stop);
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await to.SendAsync(bytes[..Math.Min(bytes.Length, BufferBytes)], stop)..];
            }
        }
        catch (SocketException)
        {
            // The pod has closed its side: its last words are still on their way.
        }
    }
}
