using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Streams.Spdy;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http.Features;

namespace Crater.Lab.Api.Streams;

/// <summary>
/// portforward in three forms: kubectl's SPDY/3.1, tunnelled in a WebSocket or (older ones) on the bare connection; and over a plain WebSocket (v4) two channels
/// for each port, one for its bytes and one for what went wrong, each of which begins with the port's number.
/// </summary>
internal sealed class PortForwardCalls(ResourceStore store, TimeProvider clock)
{
    private const int BufferBytes = 32 * 1024;
    private const string Spdy = "SPDY/3.1";
    private const string StreamProtocol = "portforward.k8s.io";
    private const string Tunnel = $"{Spdy}+{StreamProtocol}";

    /// <summary>How long a client may take to close after the pod has.</summary>
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(10);

    public async Task AnswerAsync(ApiRequest request, CancellationToken stopping)
    {
        var pod = store.Peek("pods", request.Space, request.Name) ?? throw ApiException.NotFound("pods", request.Name);
        if (pod.Text("spec", "nodeName").Length == 0)
        {
            throw ApiException.BadRequest($"pod {request.Name} does not have a host assigned");
        }

        if (request.Http.WebSockets.WebSocketRequestedProtocols.Contains(Tunnel))
        {
            using var socket = await StreamChannels.AcceptAnyAsync(request.Http, Tunnel);
            await using var wire = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: false);
            await TunnelAsync(request, pod, wire, stopping);
            return;
        }

        if (string.Equals(request.Http.Request.Headers.Upgrade, Spdy, StringComparison.OrdinalIgnoreCase) && request.Http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            request.Http.Response.Headers.Upgrade = Spdy;
            request.Http.Response.Headers["X-Stream-Protocol-Version"] = StreamProtocol;
            await using var wire = await upgrade.UpgradeAsync();
            await TunnelAsync(request, pod, wire, stopping);
            return;
        }

        await PlainAsync(request, pod, stopping);
    }

    private static async Task TunnelAsync(ApiRequest request, JsonObject pod, Stream wire, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, request.Http.RequestAborted);
        using var connection = new SpdyConnection(wire);
        try
        {
            await new PortTunnel(connection, pod.Name(), (port, stop) => ConnectAsync(pod, port, stop), ended.Token).RunAsync();
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or WebSocketException or InvalidDataException)
        {
            // The client has left, or speaks something else: either way the connection is over.
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private async Task PlainAsync(ApiRequest request, JsonObject pod, CancellationToken stopping)
    {
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
                places.Add(await ConnectOrSayAsync(pod, ports[i], channels, errors, ended.Token));
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

    private static async Task<Socket?> ConnectOrSayAsync(JsonObject pod, int port, StreamChannels channels, byte errors, CancellationToken stop)
    {
        try
        {
            return await ConnectAsync(pod, port, stop);
        }
        catch (SocketException)
        {
            var why = $"an error occurred forwarding {port} -> {port}: error forwarding port {port} to pod {pod.Name()}, uid : failed to connect to localhost:{port} inside namespace: connect: connection refused";
            await channels.SendAsync(errors, Encoding.UTF8.GetBytes(why), stop);
            return null;
        }
    }

    /// <exception cref="SocketException">Nobody listens there, or the pod has no address yet.</exception>
    private static async Task<Socket> ConnectAsync(JsonObject pod, int port, CancellationToken stop)
    {
        var address = IPAddress.TryParse(pod.Text("status", "podIP"), out var known) ? known : throw new SocketException((int)SocketError.HostUnreachable);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
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
