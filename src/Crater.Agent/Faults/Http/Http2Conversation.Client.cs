namespace Crater.Agent.Faults.Http;

/// <summary>What the client says.</summary>
internal sealed partial class Http2Conversation
{
    private readonly PriorityQueue<Http2Stream, long> _held = new();
    private long _heldBytes;

    /// <returns>False: it is not understood, and nothing has been done about it.</returns>
    private bool Client(in Http2Unit unit)
    {
        switch (unit.Type)
        {
            case FrameType.Headers:
                return ClientHead(unit);
            case FrameType.Promise:
                return false;
            case FrameType.Ping when _isFarewellSaid && (unit.Flags & Http2Frame.IsAnswer) != 0 && unit.Content.SequenceEqual(Mark):
                _isFarewellHeard = true;
                return true;
            case FrameType.Window when unit.Stream == 0 && unit.Number != 0:
                if (_way.Grant(unit.Number & int.MaxValue) is var more and > 0)
                {
                    Http2Frame.WriteNumber(_toServer, FrameType.Window, 0, more);
                }

                return true;
            case FrameType.Priority or FrameType.PriorityUpdate when _isOwn:
                // Advice only, and it names streams by numbers that the server may know by others.
                return true;
            case FrameType.Settings when (unit.Flags & Http2Frame.IsAnswer) == 0:
                _way.Announce(unit.Content);
                break;
        }

        if (unit.Stream == 0 || unit.Type == FrameType.Priority)
        {
            _toServer.Write(unit.Raw);
            return true;
        }

        ClientStream(unit);
        return true;
    }

    private bool ClientHead(in Http2Unit unit)
    {
        var fields = _requests.Read(unit.Block);
        if (fields is null || unit.Stream % 2 == 0)
        {
            return false;
        }

        if (unit.Stream <= _lastClient)
        {
            Trailers(unit, fields);
            return true;
        }

        _lastClient = unit.Stream;
        if (_isRefusing)
        {
            // The client has been told that nothing becomes of it.
            _toServer.Write(_isOwn ? [] : unit.Raw);
            return true;
        }

        var method = Http2Message.Get(fields, ":method"u8);
        var stream = new Http2Stream(unit.Stream) { HasClientEnded = unit.IsEnd, IsHead = method.SequenceEqual("HEAD"u8) };
        _byClient[unit.Stream] = stream;
        var act = Http2Message.Decide(_rule, fields);
        if (act is HttpAct.Pass or HttpAct.Replace)
        {
            stream.IsReplaced = act == HttpAct.Replace && !method.SequenceEqual("CONNECT"u8);
            Number(stream);
            Head(stream, fields, unit);
            return true;
        }

        _isOwn = true;
        if (act == HttpAct.Delay)
        {
            Hold(stream, new HeldFrame(FrameType.Headers, unit.Flags, [], fields));
        }
        else if (_isSettled)
        {
            Hit(stream, act);
        }
        else
        {
            // The server must have spoken first.
            _early.Add((stream, act));
        }

        return true;
    }

    private void Trailers(in Http2Unit unit, List<HeaderField> fields)
    {
        if (!_byClient.TryGetValue(unit.Stream, out var stream))
        {
            _toServer.Write(_isOwn ? [] : unit.Raw);
            return;
        }

        stream.HasClientEnded |= unit.IsEnd;
        if (stream.Held is not null)
        {
            Hold(stream.Held, new HeldFrame(FrameType.Headers, unit.Flags, [], fields));
        }
        else if (stream.Server > 0)
        {
            Head(stream, fields, unit);
        }

        ForgetIfOver(stream);
    }

    /// <summary>What is said about one stream, but for heads.</summary>
    private void ClientStream(in Http2Unit unit)
    {
        if (!_byClient.TryGetValue(unit.Stream, out var stream))
        {
            if (!_isOwn || _promised.Contains(unit.Stream))
            {
                Http2Frame.Write(_toServer, unit.Type, unit.Flags, unit.Stream, unit.Content);
            }
            else if (unit.Type == FrameType.Data)
            {
                // On its way when the stream ended.
                _clientCredit += (uint)unit.Content.Length;
            }

            return;
        }

        if (unit.Type == FrameType.Window)
        {
            stream.Granted += unit.Number & int.MaxValue;
        }

        if (unit.Type == FrameType.Reset && stream.Server == 0)
        {
            Forget(stream);
        }
        else if (stream.Held is not null)
        {
            Hold(stream.Held, new HeldFrame(unit.Type, unit.Flags, unit.Content.ToArray(), null));
        }
        else if (stream.Server == 0)
        {
            Swallow(stream, unit);
        }
        else if (unit.Type != FrameType.Window || !stream.IsOurs)
        {
            Http2Frame.Write(_toServer, unit.Type, unit.Flags, stream.Server, unit.Content);
        }

        stream.HasClientEnded |= unit.Type == FrameType.Data && unit.IsEnd;
        if (unit.Type == FrameType.Reset)
        {
            Forget(stream);
        }

        ForgetIfOver(stream);
    }

    /// <summary>Of a request that the server will not see: the client may go on as if it had been read.</summary>
    private void Swallow(Http2Stream stream, in Http2Unit unit)
    {
        if (unit.Type == FrameType.Data)
        {
            _clientCredit += (uint)unit.Content.Length;
            stream.Swallowed += (uint)unit.Content.Length;
            GiveBack(stream, unit.IsEnd);
        }
    }

    private void GiveBack(Http2Stream stream, bool isEnd)
    {
        if (_isSettled && stream.Swallowed > 0 && !isEnd)
        {
            Http2Frame.WriteNumber(_way.Out, FrameType.Window, stream.Client, stream.Swallowed);
            stream.Swallowed = 0;
        }
    }

    private void Hold(Http2Stream stream, HeldFrame head)
    {
        stream.Held = [];
        Hold(stream.Held, head);
        var release = Wire.Now + (long)(_rule.NextDelay().TotalSeconds * TimeProvider.System.TimestampFrequency);
        _held.Enqueue(stream, release);
        Wire.WakeAt(release);
    }

    private void Hold(List<HeldFrame> held, HeldFrame frame)
    {
        held.Add(frame);
        _heldBytes += frame.Size;
    }

    private void Release(Http2Stream stream)
    {
        if (stream.Held is not { } frames)
        {
            return;
        }

        stream.Held = null;
        Number(stream);
        foreach (var frame in frames)
        {
            _heldBytes -= frame.Size;
            if (frame.Fields is { } fields)
            {
                _requests.Write(_toServer, stream.Server, fields, (frame.Flags & Http2Frame.EndsStream) != 0);
                continue;
            }

            Http2Frame.Write(_toServer, frame.Type, frame.Flags, stream.Server, frame.Content);
        }
    }

    /// <summary>Gives a stream its number at the server: the client's own as long as they rise, since a higher one ends all lower ones that were not used.</summary>
    private void Number(Http2Stream stream)
    {
        stream.Server = stream.Client > _lastServer ? stream.Client : _lastServer + 2;
        _lastServer = stream.Server;
        _byServer[stream.Server] = stream;
    }

    private void Head(Http2Stream stream, List<HeaderField> fields, in Http2Unit unit)
    {
        if (_isOwn)
        {
            _requests.Write(_toServer, stream.Server, fields, unit.IsEnd);
        }
        else
        {
            _toServer.Write(unit.Raw);
        }
    }

    /// <summary>Does to a request what is done here, without the server.</summary>
    private void Hit(Http2Stream stream, HttpAct act)
    {
        (stream.IsOurs, stream.HasServerEnded) = (true, true);
        if (act == HttpAct.Abort)
        {
            Http2Frame.WriteNumber(_way.Open(), FrameType.Reset, stream.Client, Http2Frame.InternalError);
            Forget(stream);
            return;
        }

        GiveBack(stream, stream.HasClientEnded);
        Send(stream, Http2Message.Answer(_rule), _rule.Status is 204 or 304 || stream.IsHead ? [] : _rule.Body);
    }

    /// <summary>A head and a body from here.</summary>
    private void Send(Http2Stream stream, List<HeaderField> fields, byte[] body)
    {
        stream.Body = body;
        _answers.Write(_way.Open(), stream.Client, fields, isEnd: body.Length == 0);
        if (body.Length > 0)
        {
            _way.Give(stream);
        }

        ForgetIfOver(stream);
    }
}
