using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Crater.Lab.Api.Streams;

/// <summary>
/// Several streams over one WebSocket, as the API server does it: the first byte of each message says which. v5 adds a message that closes
/// one of them.
/// </summary>
internal sealed class StreamChannels(WebSocket socket) : IDisposable
{
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte Errors = 2;
    public const byte Status = 3;
    public const byte Resize = 4;

    /// <summary>Its message names the channel that its sender has closed.</summary>
    public const byte Close = 255;

    /// <summary>The constant of RFC 6455 that a server adds to the client's key.</summary>
    private const string HandshakeSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private const int BufferBytes = 32 * 1024;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Accepts the upgrade with the first of our protocols that the client offers.</summary>
    /// <exception cref="ApiException">BadRequest: it is no upgrade, or none of the protocols is offered.</exception>
    public static async Task<(WebSocket Socket, string Protocol)> AcceptAsync(HttpContext http, params string[] protocols)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            throw ApiException.BadRequest("Upgrade request required");
        }

        var offered = http.WebSockets.WebSocketRequestedProtocols;
        var agreed = protocols.FirstOrDefault(offered.Contains)
            ?? throw ApiException.BadRequest($"unable to upgrade: none of the protocols [{string.Join(' ', offered)}] is served");
        return (await http.WebSockets.AcceptWebSocketAsync(agreed), agreed);
    }

    /// <summary>Accepts the upgrade with a protocol whose name .NET does not let through: SPDY/3.1+portforward.k8s.io has a slash, which no token may have.</summary>
    /// <exception cref="ApiException">BadRequest: the connection cannot be upgraded.</exception>
    public static async Task<WebSocket> AcceptAnyAsync(HttpContext http, string protocol)
    {
        if (http.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            throw ApiException.BadRequest("Upgrade request required");
        }

#pragma warning disable CA5350 // What RFC 6455 prescribes for the handshake; it protects nothing.
        var accepted = SHA1.HashData(Encoding.ASCII.GetBytes(http.Request.Headers.SecWebSocketKey + HandshakeSuffix));
#pragma warning restore CA5350
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(accepted);
        http.Response.Headers.SecWebSocketProtocol = protocol;
        return WebSocket.CreateFromStream(await upgrade.UpgradeAsync(), new WebSocketCreationOptions { IsServer = true });
    }

    /// <summary>Reads messages until the client leaves.</summary>
    /// <param name="take">Is given the channel and what came on it.</param>
    public async Task ReceiveAsync(Func<byte, ReadOnlyMemory<byte>, Task> take, CancellationToken stop)
    {
        using var message = new MemoryStream();
        var buffer = new byte[BufferBytes];
        while (socket.State == WebSocketState.Open)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), stop);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            message.Write(buffer.AsSpan(0, got.Count));
            if (got.EndOfMessage)
            {
                var whole = message.GetBuffer().AsMemory(0, (int)message.Length);
                if (whole.Length > 0)
                {
                    await take(whole.Span[0], whole[1..]);
                }

                message.SetLength(0);
            }
        }
    }

    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        var message = new byte[bytes.Length + 1];
        message[0] = channel;
        bytes.CopyTo(message.AsMemory(1));
        await _turn.WaitAsync(stop);
        try
        {
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task SendAsync(byte channel, JsonObject body, CancellationToken stop) =>
        SendAsync(channel, Encoding.UTF8.GetBytes(body.ToJsonString()), stop);

    /// <summary>Sends a stream to its end.</summary>
    public async Task CopyAsync(byte channel, Stream from, CancellationToken stop)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, stop)) > 0)
            {
                await SendAsync(channel, buffer.AsMemory(0, count), stop);
            }
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException)
        {
            // A terminal whose last process has gone ends with an error.
        }
    }

    public Task EndAsync(CancellationToken stop) => socket.State is WebSocketState.Open or WebSocketState.CloseReceived
        ? socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stop) : Task.CompletedTask;

    public void Dispose() => _turn.Dispose();
}
