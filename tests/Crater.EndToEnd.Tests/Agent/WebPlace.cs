using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crater.Agent.Host;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// A web server of the test's own in a network namespace, which remembers what it was asked. Paths: /big answers <see cref="Big"/>, /chunked in chunks, /upgrade changes to a protocol that
/// echoes, whatever has a body gets it back; everything else is hello. A client that does not speak HTTP is echoed as well.
/// </summary>
internal sealed class WebPlace : IDisposable
{
    public const int Port = 8_080;

    private readonly string _namespace;
    private readonly Socket _listener;
    private readonly ConcurrentBag<Socket> _open = [];

    public WebPlace(ProcessIdentity place)
    {
        _namespace = $"/proc/{place.Pid}/ns/net";
        _listener = NetworkNamespace.Inside(_namespace, () =>
        {
            var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            listener.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
            listener.Listen(100);
            return listener;
        });
        Start(Accept);
    }

    /// <summary>More than the buffers of the kernel and of a proxy hold together.</summary>
    public static byte[] Big { get; } = [.. Enumerable.Range(0, 8 << 20).Select(number => (byte)(number * 31))];

    /// <summary>The heads of all requests that came.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    public WebClient Connect(IPAddress? to = null) => NetworkNamespace.Inside(_namespace, () => new WebClient(new IPEndPoint(to ?? IPAddress.Loopback, Port)));

    /// <summary>The answer to one request on a connection of its own.</summary>
    public string Ask(string path, IPAddress? to = null)
    {
        using var client = Connect(to);
        client.Send($"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
        return client.Answer();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _open)
        {
            socket.Dispose();
        }
    }

    private void Accept()
    {
        while (true)
        {
            var socket = _listener.Accept();
            _open.Add(socket);
            Start(() =>
            {
                using (socket)
                {
                    Serve(socket);
                }
            });
        }
    }

    private static void Start(Action loop) => new Thread(() =>
    {
        try
        {
            loop();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test, or the other side, has ended.
        }
    })
    { IsBackground = true }.Start();

    private void Serve(Socket socket)
    {
        var stream = new HttpReader(socket);
        while (stream.Head() is { } head)
        {
            Seen.Enqueue(head);
            if (!head.Contains(" HTTP/1.1\r\n", StringComparison.Ordinal))
            {
                socket.Send(Encoding.Latin1.GetBytes(head));
                stream.Echo();
                return;
            }

            if (head.Contains("Expect: 100-continue", StringComparison.Ordinal))
            {
                socket.Send("HTTP/1.1 100 Continue\r\n\r\n"u8);
            }

            var body = stream.Body(head);
            switch (head.Split(' ')[1])
            {
                case "/upgrade":
                    socket.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n"u8);
                    stream.Echo();
                    return;
                case "/chunked":
                    socket.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"u8);
                    socket.Send("lo\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n"u8);
                    break;
                case "/big":
                    socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {Big.Length}\r\n\r\n")));
                    socket.Send(Big);
                    break;
                default:
                    body = body.Length > 0 ? body : "hello"u8.ToArray();
                    socket.Send([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nX-Server: web\r\nContent-Length: {body.Length}\r\n\r\n")), .. body]);
                    break;
            }
        }
    }
}

/// <summary>A client's connection: raw bytes out, whole answers in.</summary>
internal sealed class WebClient : IDisposable
{
    private readonly Socket _socket;
    private readonly HttpReader _reader;

    public WebClient(EndPoint to)
    {
        _socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000, SendTimeout = 20_000, NoDelay = true };
        _socket.Connect(to);
        _reader = new HttpReader(_socket);
    }

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(byte[] bytes) => _socket.Send(bytes);

    /// <summary>Head and body of the next answer.</summary>
    /// <exception cref="IOException">The connection ended before it was whole.</exception>
    public string Answer()
    {
        var head = _reader.Head() ?? throw new IOException("There was no answer.");
        return head + Encoding.Latin1.GetString(_reader.Body(head));
    }

    /// <summary>Bytes as they come, so many of them.</summary>
    public byte[] Take(int count) => _reader.Take(count);

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Whether the other side ended the connection properly; a reset throws.</summary>
    public bool HasEnded => _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && _socket.Receive(new byte[1], SocketFlags.Peek) == 0;

    public void Dispose() => _socket.Dispose();
}

/// <summary>Reads heads and bodies of HTTP/1 from a socket; written apart from craterd's own reader, so that the two do not share a mistake.</summary>
internal sealed class HttpReader(Socket socket)
{
    private readonly byte[] _one = new byte[1];

    /// <summary>Up to the empty line; what is no HTTP, up to the first line's end. Null at the end.</summary>
    public string? Head()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (socket.Receive(_one) == 0)
            {
                return head.Length == 0 ? null : throw new IOException($"The connection ended within a head: {head}");
            }

            head.Append((char)_one[0]);
            if (_one[0] == '\n' && !head.ToString().Contains("HTTP/1.1", StringComparison.Ordinal))
            {
                break;
            }
        }

        return head.ToString();
    }

    public byte[] Body(string head)
    {
        var fields = head.Split("\r\n");
        if (fields.Any(field => field.StartsWith("Transfer-Encoding: chunked", StringComparison.Ordinal)))
        {
            return Chunks();
        }

        var length = fields.FirstOrDefault(field => field.StartsWith("Content-Length:", StringComparison.Ordinal));
        return length is null ? [] : Take(int.Parse(length["Content-Length:".Length..], CultureInfo.InvariantCulture));
    }

    public byte[] Take(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var read = socket.Receive(bytes.AsSpan(at));
            at += read > 0 ? read : throw new IOException($"The connection ended after {at} of {count} bytes.");
        }

        return bytes;
    }

    public void Echo()
    {
        var buffer = new byte[64 * 1024];
        while (socket.Receive(buffer) is var count and > 0)
        {
            _ = socket.Send(buffer.AsSpan(0, count));
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private byte[] Chunks()
    {
        List<byte> body = [];
        while (true)
        {
            var size = int.Parse(Line().Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                while (Line().Length > 0)
                {
                    // Trailers say nothing here.
                }

                return [.. body];
            }

            body.AddRange(Take(size));
            _ = Line();
        }
    }

    private string Line()
    {
        var line = new StringBuilder();
        while (socket.Receive(_one) == 1 && _one[0] != '\n')
        {
            line.Append((char)_one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }
}
