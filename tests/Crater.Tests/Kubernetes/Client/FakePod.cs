using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crater.Tests.Kubernetes.Client;

/// <summary>A fake: the streams of one pod as an API server offers them, over a real WebSocket. What it does with them is the test's.</summary>
internal sealed class FakePod(WebSocket socket)
{
    public WebSocket Socket => socket;

    /// <param name="protocols">Those that the server knows, best first.</param>
    public static Task<FakeFront> StartAsync(IReadOnlyList<string> protocols, Func<FakePod, Task> does) => FakeFront.StartAsync(async context =>
    {
        var protocol = protocols.FirstOrDefault(context.WebSockets.WebSocketRequestedProtocols.Contains);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(protocol);
        await does(new FakePod(socket));
        return true;
    });

    public Task SayAsync(byte channel, string text) => SayAsync(channel, Encoding.UTF8.GetBytes(text));

    public Task SayAsync(byte channel, byte[] bytes) =>
        socket.SendAsync(new[] { channel }.Concat(bytes).ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    public Task EndAsync() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);

    /// <summary>The next message; empty when the client has left.</summary>
    public async Task<byte[]> HearAsync()
    {
        var buffer = new byte[64 * 1024];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
        return buffer[..received.Count];
    }
}
