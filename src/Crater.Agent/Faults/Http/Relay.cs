using Crater.Agent.Host;

namespace Crater.Agent.Faults.Http;

/// <summary>A client's connection and its twin to the server: reads, has the conversation decide, writes, and passes on how each side ends. Lives on the proxy's thread alone.</summary>
internal sealed unsafe class Relay : IWire
{
    /// <summary>How long a client that got its last answer may go on talking before its connection is closed; closed at once, the answer could be lost on its way.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    /// <summary>A client that sends and does not read gets no further than this.</summary>
    private const int WaitingMax = 256 * 1024;

    private readonly HttpProxy _proxy;
    private readonly long _id;
    private readonly Side _client;
    private readonly Side _server;
    private Conversation _talk;
    private bool _isConnected;
    private bool _isCut;
    private bool _isLast;
    private long _closeAt = long.MaxValue;

    /// <summary>One of the two connections.</summary>
    private sealed class Side(int socket)
    {
        public Outlet Out { get; } = new(socket);

        /// <summary>What was read and is not dealt with.</summary>
        public byte[] Left { get; set; } = [];

        /// <summary>Everything it said has been read.</summary>
        public bool HasEnded { get; set; }

        /// <summary>What is waited for; null when nothing is, not even its breaking.</summary>
        public uint? Events { get; set; }
    }

    public Relay(HttpProxy proxy, long id, int client, int server, HttpRule rule)
    {
        (_proxy, _id, _client, _server) = (proxy, id, new Side(client), new Side(server));
        _talk = new Opening(this, rule);
        Tcp.Hurry(client);
        Tcp.Hurry(server);
        Listen();
    }

    public bool IsClosed { get; private set; }

    public long Now => TimeProvider.System.GetTimestamp();

    public void ToClient(ReadOnlySpan<byte> bytes) => _client.Out.Write(bytes);

    public void ToServer(ReadOnlySpan<byte> bytes) => _server.Out.Write(bytes);

    public void WakeAt(long timestamp) => _proxy.Schedule(this, timestamp);

    public void Cut() => _isCut = true;

    public void EndClient()
    {
        _isLast = true;
        _closeAt = Now + (long)(LastWords.TotalSeconds * TimeProvider.System.TimestampFrequency);
        WakeAt(_closeAt);
        _client.Out.End();
        _server.Out.End();
    }

    /// <summary>Something can be read or written, or broke.</summary>
    public void Ready(bool isServer, uint events)
    {
        var side = isServer ? _server : _client;
        if (isServer && !_isConnected)
        {
            if (Tcp.Error(_server.Out.Socket) != 0)
            {
                Close(isReset: true);
                return;
            }

            _isConnected = true;
            events &= ~(Poller.Readable | Poller.Broken);
        }

        side.Out.Flush();
        const uint Any = Poller.Readable | Poller.Broken | Poller.Ended;
        if ((events & Any) != 0 && Wanted(side) is var wanted)
        {
            if ((wanted & Poller.Readable) != 0)
            {
                Read(side);
            }
            else if ((events & Poller.Broken) != 0)
            {
                Close(isReset: true);
                return;
            }
            else if ((events & Poller.Ended) != 0 && side.Events is not null)
            {
                // It would be reported again and again; it is looked at when there is something to do about it.
                _proxy.Poller.Remove(side.Out.Socket);
                side.Events = null;
            }
        }

        Settle();
    }

    /// <summary>A time that was asked for has come.</summary>
    public void Wake()
    {
        if (Now >= _closeAt)
        {
            Close(isReset: false);
            return;
        }

        _talk.Wake();
        Settle();
    }

    /// <summary>The fault is over.</summary>
    public void LetGo()
    {
        _talk.LetGo();
        Settle();
        Finish();
    }

    /// <summary>Ends the connection if nobody would miss anything, with what has come meanwhile looked at first.</summary>
    public void Finish()
    {
        if (IsClosed || !IsQuiet || !_isConnected)
        {
            return;
        }

        Read(_client);
        Settle();
        if (!IsClosed && IsQuiet)
        {
            _talk.Leave();
            Close(isReset: false);
        }
    }

    public void Close(bool isReset)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        if (isReset)
        {
            Tcp.Reset(_client.Out.Socket);
            Tcp.Reset(_server.Out.Socket);
        }
        else
        {
            _ = Libc.Close(_client.Out.Socket);
            _ = Libc.Close(_server.Out.Socket);
        }

        _proxy.Forget(_id);
    }

    private bool IsQuiet => (_talk.IsIdle || _server.HasEnded) && _client.Left.Length == 0 && !_client.Out.IsClogged && !_server.Out.IsClogged;

    private void Read(Side side)
    {
        if (side.HasEnded)
        {
            return;
        }

        var buffer = _proxy.Scratch;
        side.Left.CopyTo(buffer.AsSpan());
        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.Receive(side.Out.Socket, start + side.Left.Length, (nuint)(buffer.Length - side.Left.Length), Libc.NoWait);
        }

        if (count < 0)
        {
            if (Errno.Last is not (Errno.Again or Errno.Interrupted))
            {
                Close(isReset: true);
            }

            return;
        }

        side.HasEnded = count == 0;
        if (count > 0)
        {
            _ = Feed(side, buffer.AsSpan(0, side.Left.Length + (int)count));
        }
    }

    /// <summary>Has the conversation look at the bytes, and keeps what it did not deal with.</summary>
    /// <returns>Whether that came to anything.</returns>
    private bool Feed(Side side, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        var before = _talk;
        while (true)
        {
            at += side == _server ? _talk.FromServer(bytes[at..]) : _talk.FromClient(bytes[at..]);
            if (_talk.Next is not { } next)
            {
                break;
            }

            _talk = next;
        }

        side.Left = at < bytes.Length ? bytes[at..].ToArray() : [];
        return at > 0 || _talk != before;
    }

    /// <summary>Does everything that follows from what has been read, sent or waited for.</summary>
    private void Settle()
    {
        while (!IsClosed && (Feed(_client, isHeld: _talk.HoldsClient) || Feed(_server, isHeld: false)))
        {
            // What one side had said may be understood now that the other has spoken.
        }

        if (IsClosed)
        {
            return;
        }

        PassEnd(_client, _server.Out, isHeld: _talk.OwesServer);
        PassEnd(_server, _client.Out, isHeld: _talk.OwesClient);
        if (_client.Out.IsBroken || _server.Out.IsBroken || (_isCut && !_client.Out.IsClogged))
        {
            Close(isReset: true);
        }
        else if (_client.HasEnded && (_isLast || (_server.HasEnded && _client.Out.HasEnded && _server.Out.HasEnded)))
        {
            Close(isReset: false);
        }
        else
        {
            Listen();
        }
    }

    private bool Feed(Side side, bool isHeld) => side.Left.Length > 0 && !isHeld && Feed(side, side.Left);

    private static void PassEnd(Side side, Outlet other, bool isHeld)
    {
        if (side.HasEnded && !isHeld && !other.HasEnded)
        {
            // What never became whole is passed on as it is; the other side knows what to make of it.
            other.Write(side.Left);
            side.Left = [];
            other.End();
        }
    }

    private uint Wanted(Side side)
    {
        var other = side == _client ? _server.Out : _client.Out;
        var isHeld = side == _client && (_talk.HoldsClient || _client.Out.Waiting > WaitingMax);
        var reads = _isConnected && !side.HasEnded && !isHeld && !other.IsClogged && !_isCut;
        var writes = side.Out.IsClogged || (side == _server && !_isConnected);
        return (reads ? Poller.Readable : 0) | (writes ? Poller.Writable : 0);
    }

    private void Listen()
    {
        Listen(_client, _id * 2);
        Listen(_server, (_id * 2) + 1);
    }

    private void Listen(Side side, long tag)
    {
        var wanted = Wanted(side);
        if (side.Events == wanted || (side.Events is null && wanted == 0 && side.HasEnded))
        {
            return;
        }

        if (side.Events is null)
        {
            _proxy.Poller.Add(side.Out.Socket, wanted, tag);
        }
        else
        {
            _proxy.Poller.Change(side.Out.Socket, wanted, tag);
        }

        side.Events = wanted;
    }
}
