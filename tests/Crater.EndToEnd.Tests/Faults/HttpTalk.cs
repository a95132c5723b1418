using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

/// <summary>HTTP by hand on one connection: what a client library would smooth over is to be seen here.</summary>
internal sealed class HttpTalk : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly List<byte> _unread = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<HttpTalk> OpenAsync(string address)
    {
        var talk = new HttpTalk();
        await talk._client.ConnectAsync(IPEndPoint.Parse(address), Stop);
        return talk;
    }

    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Stop);

    public async Task<string> AskAsync(string request, bool isHead = false)
    {
        await SendAsync(request);
        return await AnswerAsync(isHead);
    }

    /// <summary>The next answer, head and body; its body must have a length.</summary>
    public async Task<string> AnswerAsync(bool isHead = false)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append(await LineAsync());
        }

        var field = head.ToString().Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        var length = isHead || field is null ? 0 : int.Parse(field["Content-Length: ".Length..], CultureInfo.InvariantCulture);
        while (_unread.Count < length)
        {
            await MoreAsync();
        }

        return head + Take(length);
    }

    public async Task<string> LineAsync()
    {
        while (!_unread.Contains((byte)'\n'))
        {
            await MoreAsync();
        }

        return Take(_unread.IndexOf((byte)'\n') + 1);
    }

    public void Dispose() => _client.Dispose();

    private string Take(int count)
    {
        var text = Encoding.ASCII.GetString([.. _unread[..count]]);
        _unread.RemoveRange(0, count);
        return text;
    }

    private async Task MoreAsync()
    {
        var buffer = new byte[4096];
        var count = await _client.GetStream().ReadAsync(buffer, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Stop);
        _unread.AddRange(count > 0 ? buffer[..count] : throw new EndOfStreamException("The connection was closed."));
    }
}
