using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>
/// The streams of a program in a container over one WebSocket: the first byte of a message says which stream it is of. In v5 the message
/// 255, N says that the stream N is closed; v4 cannot say that.
/// </summary>
internal sealed class PodChannels(ClientWebSocket socket, ExecStreams streams, Call call, Failures failures)
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Errors = 2;
    private const byte Status = 3;
    private const byte Close = 255;

    private bool CanClose => socket.SubProtocol == "v5.channel.k8s.io";

    public async Task<ExecEnd> RunAsync(CancellationToken abort)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var sending = SendAsync(over.Token);
        try
        {
            return await ReceiveAsync(abort);
        }
        catch (WebSocketException e)
        {
            throw failures.NoAnswer(call, e);
        }
        finally
        {
            await over.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(CancellationToken over)
    {
        if (streams.Input is not { } input)
        {
            return;
        }

        var message = new byte[16 * 1024];
        message[0] = Input;
        while (await input.ReadAsync(message.AsMemory(1), over) is > 0 and var count)
        {
            await socket.SendAsync(message.AsMemory(0, count + 1), WebSocketMessageType.Binary, endOfMessage: true, over);
        }

        if (CanClose)
        {
            await socket.SendAsync(new byte[] { Close, Input }, WebSocketMessageType.Binary, endOfMessage: true, over);
        }
    }

    private async Task<ExecEnd> ReceiveAsync(CancellationToken abort)
    {
        using var status = new MemoryStream();
        var buffer = new byte[32 * 1024];
        for (var channel = -1; ;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), abort);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return End(status.ToArray());
            }

            var piece = buffer.AsMemory(0, received.Count);
            if (channel < 0 && piece.Length > 0)
            {
                (channel, piece) = (piece.Span[0], piece[1..]);
            }

            if (piece.Length > 0 && channel is Output or Errors or Status)
            {
                await (channel == Output ? streams.Output : channel == Errors ? streams.Errors : status).WriteAsync(piece, abort);
            }

            channel = received.EndOfMessage ? -1 : channel;
        }
    }

    /// <summary>A program that ends is told; a connection that ends without that has been cut.</summary>
    private ExecEnd End(byte[] status)
    {
        JsonNode? told = null;
        try
        {
            told = status.Length > 0 ? JsonNode.Parse(status) : null;
        }
        catch (JsonException)
        {
            // Cut in the middle.
        }

        var code = told.Objects("details", "causes").FirstOrDefault(cause => cause.Text("reason") == "ExitCode").Text("message");
        return told switch
        {
            null => throw failures.NoAnswer(call, new IOException("the connection ended before the program did")),
            _ when told.Text("status") == "Success" => new ExecEnd(0),
            _ when told.Text("reason") == "NonZeroExitCode" && int.TryParse(code, out var exit) => new ExecEnd(exit),
            _ => throw Failures.NotRun(call, told.Text("message")),
        };
    }
}
