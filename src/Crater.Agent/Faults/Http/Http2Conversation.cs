namespace Crater.Agent.Faults.Http;

/// <summary>
/// HTTP/2 without TLS on one connection (RFC 9113). As long as no request on it has been hit, frames go on as they came, and whatever is not understood makes it a tunnel. From the
/// first hit on, the tables by which heads are packed differ at the two ends, so all heads in both directions are written anew, without a table (<see cref="HpackWriter"/>); then
/// a head may be held, kept back or added wherever that is needed, and what is not understood ends the connection.
/// </summary>
/// <remarks>
/// Windows stay those of the two ends. Bytes that end here are given back to whoever sent them, and those that begin here are counted by <see cref="Http2Way"/>. Nothing of the proxy's
/// own goes to the client before the server has spoken and has answered the client's settings.
/// </remarks>
internal sealed partial class Http2Conversation : Conversation
{
    /// <summary>Bytes of requests that are held; beyond them the client's whole connection waits.</summary>
    private const int HeldMax = 1 << 20;

    private readonly HttpRule _rule;
    private readonly Http2Reader _fromClient = new();
    private readonly Http2Reader _fromServer = new();
    private readonly HeaderLane _requests = new();
    private readonly HeaderLane _answers = new();
    private readonly Dictionary<int, Http2Stream> _byClient = [];
    private readonly Dictionary<int, Http2Stream> _byServer = [];

    /// <summary>Streams that the server began and the client knows.</summary>
    private readonly HashSet<int> _promised = [];

    /// <summary>Hit before the client could be told.</summary>
    private readonly List<(Http2Stream Stream, HttpAct Act)> _early = [];
    private readonly Outgoing _toServer = new();
    private readonly Http2Way _way = new();
    private int _prefaceSeen;
    private int _lastClient;
    private int _lastServer;

    /// <summary>Heads are written anew.</summary>
    private bool _isOwn;
    private bool _hasServerSpoken;
    private bool _isSettled;

    /// <summary>The server takes no new streams.</summary>
    private bool _isRefusing;
    private bool _isFarewellSaid;
    private bool _isFarewellHeard;
    private bool _isOver;
    private uint _clientCredit;
    private uint _serverCredit;

    public Http2Conversation(IWire wire, HttpRule rule)
        : base(wire) => _rule = rule;

    /// <summary>After an answer with 101 to the request that asked for it (RFC 7540, section 3.2); that request is stream 1.</summary>
    /// <param name="settings">Of the client, as they came with the request.</param>
    public static Http2Conversation Upgraded(IWire wire, HttpRule rule, byte[] settings, bool isHead, bool isReplaced)
    {
        var talk = new Http2Conversation(wire, rule) { _lastClient = 1, _lastServer = 1 };
        talk._way.Begin(settings);
        talk._byClient[1] = talk._byServer[1] = new Http2Stream(1) { Server = 1, IsHead = isHead, IsReplaced = isReplaced, HasClientEnded = true };
        return talk;
    }

    /// <summary>In our farewell, to know its answer by.</summary>
    private static ReadOnlySpan<byte> Mark => "crater.1"u8;

    public override bool HoldsClient => _heldBytes > HeldMax;

    public override bool OwesServer => _held.Count > 0;

    public override bool OwesClient => !_way.IsClear;

    public override bool IsIdle => _isFarewellHeard && _byClient.Count == 0 && _way.IsClear;

    public override int FromClient(ReadOnlySpan<byte> bytes)
    {
        var at = Preface(bytes);
        while (Next is null && !_isOver && !HoldsClient && _prefaceSeen == Opening.Preface.Length)
        {
            var kind = _fromClient.Read(bytes[at..], out var unit);
            if (kind == HeadKind.Incomplete)
            {
                break;
            }

            if (kind == HeadKind.Unclear || !Client(unit))
            {
                Lose();
                break;
            }

            at += unit.Count;
        }

        Flush();
        return _isOver ? bytes.Length : at;
    }

    public override int FromServer(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Next is null && !_isOver)
        {
            var kind = _fromServer.Read(bytes[at..], out var unit);
            if (kind == HeadKind.Incomplete)
            {
                break;
            }

            if (kind == HeadKind.Unclear || !Server(unit))
            {
                Lose();
                break;
            }

            at += unit.Count;
        }

        Flush();
        return _isOver ? bytes.Length : at;
    }

    public override void Wake()
    {
        while (_held.TryPeek(out var stream, out var at) && (stream.Held is null || at <= Wire.Now))
        {
            _held.Dequeue();
            Release(stream);
        }

        Flush();
    }

    public override void LetGo()
    {
        while (_held.TryDequeue(out var stream, out _))
        {
            Release(stream);
        }

        Flush();
    }

    /// <summary>The last number that is dealt with, so that whatever comes too late can be sent again elsewhere.</summary>
    public override void Leave()
    {
        if (!_isRefusing)
        {
            Http2Frame.WriteGoAway(_way.Out, _lastClient, Http2Frame.NoError);
            Flush();
        }
    }

    private int Preface(ReadOnlySpan<byte> bytes)
    {
        var rest = Opening.Preface[_prefaceSeen..];
        var count = Math.Min(bytes.Length, rest.Length);
        if (!bytes[..count].SequenceEqual(rest[..count]))
        {
            Lose();
            return 0;
        }

        _prefaceSeen += count;
        _toServer.Write(bytes[..count]);
        return count;
    }

    /// <summary>Sends what has come together, and what is due besides.</summary>
    private void Flush()
    {
        if (Next is null && !_isOver)
        {
            Settle();
        }

        Wire.ToServer(_toServer.Bytes);
        _toServer.Clear();
        Wire.ToClient(_way.Out.Bytes);
        _way.Out.Clear();
    }

    private void Settle()
    {
        if (_hasServerSpoken)
        {
            _way.Pump(Written);
        }

        if (_serverCredit > 0)
        {
            Http2Frame.WriteNumber(_toServer, FrameType.Window, 0, _serverCredit);
            _serverCredit = 0;
        }

        if (!_isSettled)
        {
            return;
        }

        if (_clientCredit > 0)
        {
            Http2Frame.WriteNumber(_way.Out, FrameType.Window, 0, _clientCredit);
            _clientCredit = 0;
        }

        if (_rule.IsOver && !_isFarewellSaid)
        {
            // The client is asked to begin nothing more here; when it answers, it has heard that, and all it began before has come.
            _isFarewellSaid = true;
            if (!_isRefusing)
            {
                Http2Frame.WriteGoAway(_way.Out, int.MaxValue, Http2Frame.NoError);
            }

            Http2Frame.Write(_way.Out, FrameType.Ping, 0, 0, Mark);
        }
    }

    private void Written(Http2Stream stream)
    {
        if (stream.ResetAfter is { } error)
        {
            Http2Frame.WriteNumber(_way.Out, FrameType.Reset, stream.Client, error);
            Forget(stream);
        }

        ForgetIfOver(stream);
    }

    private void ForgetIfOver(Http2Stream stream)
    {
        if (stream.IsOver)
        {
            Forget(stream);
        }
    }

    private void Forget(Http2Stream stream)
    {
        stream.IsGone = true;
        _way.Drop(stream);
        _byClient.Remove(stream.Client);
        _byServer.Remove(stream.Server);
        foreach (var frame in stream.Held ?? [])
        {
            // The client counted it as sent, and the server will never see it.
            _clientCredit += frame.Type == FrameType.Data ? (uint)frame.Content.Length : 0;
            _heldBytes -= frame.Size;
        }

        stream.Held = null;
    }

    /// <summary>From here on nobody here can tell what is what: everything passes, unless the two ends no longer mean the same by it.</summary>
    private void Lose()
    {
        if (_isOwn)
        {
            _isOver = true;
            Wire.Cut();
            return;
        }

        _fromClient.WriteRest(_toServer);
        _fromServer.WriteRest(_way.Out);
        Next = new Tunnel(Wire);
    }
}
