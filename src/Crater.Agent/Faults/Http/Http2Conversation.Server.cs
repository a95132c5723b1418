using System.Buffers.Binary;

namespace Crater.Agent.Faults.Http;

/// <summary>What the server says.</summary>
internal sealed partial class Http2Conversation
{
    private const uint Cancelled = 0x8;

    /// <inheritdoc cref="Client"/>
    private bool Server(in Http2Unit unit)
    {
        var isAnswer = (unit.Flags & Http2Frame.IsAnswer) != 0;
        if (!_hasServerSpoken && (unit.Type != FrameType.Settings || isAnswer))
        {
            return false;
        }

        _hasServerSpoken = true;
        switch (unit.Type)
        {
            case FrameType.Headers:
                return ServerHead(unit);
            case FrameType.Promise:
                return ServerPromise(unit);
            case FrameType.GoAway:
                ServerLeaves(unit);
                return true;
            case FrameType.Settings when isAnswer:
                _way.Out.Write(unit.Raw);
                _way.Accept();
                Catch();
                return true;
        }

        if (unit.Stream == 0 || unit.Type == FrameType.Priority)
        {
            _way.Out.Write(unit.Raw);
            return true;
        }

        ServerStream(unit);
        return true;
    }

    /// <summary>The server has answered the client's settings: whoever was hit before can be told.</summary>
    private void Catch()
    {
        _isSettled = true;
        foreach (var (stream, act) in _early)
        {
            if (!stream.IsGone)
            {
                Hit(stream, act);
            }
        }

        _early.Clear();
    }

    private bool ServerHead(in Http2Unit unit)
    {
        if (_answers.Read(unit.Block) is not { } fields)
        {
            return false;
        }

        _byServer.TryGetValue(unit.Stream, out var stream);
        if (stream is { IsReplaced: true } && Http2Message.Status(fields) is var status and >= 200)
        {
            stream.IsReplaced = false;
            if (!stream.IsHead && status is not (204 or 304) && !_rule.IsOver)
            {
                (_isOwn, stream.IsOurs, stream.HasServerEnded) = (true, true, unit.IsEnd);
                Send(stream, Http2Message.Rewrite(fields, _rule), _rule.Body);
                return true;
            }
        }

        if (!_isOwn)
        {
            _way.Open().Write(unit.Raw);
        }
        else if (stream is { IsOurs: false } || (stream is null && _promised.Contains(unit.Stream)))
        {
            _answers.Write(_way.Open(), stream?.Client ?? unit.Stream, fields, unit.IsEnd);
        }

        if (stream is not null)
        {
            stream.HasServerEnded |= unit.IsEnd;
            ForgetIfOver(stream);
        }

        return true;
    }

    private bool ServerPromise(in Http2Unit unit)
    {
        if (_answers.Read(unit.Block) is null)
        {
            return false;
        }

        if (_isOwn)
        {
            // It would have to be written anew as well; nobody depends on it.
            Http2Frame.WriteNumber(_toServer, FrameType.Reset, unit.Promised, Cancelled);
            return true;
        }

        _promised.Add(unit.Promised);
        _way.Open().Write(unit.Raw);
        return true;
    }

    /// <summary>What is said about one stream, but for heads.</summary>
    private void ServerStream(in Http2Unit unit)
    {
        var (data, isEnd) = (unit.Type == FrameType.Data ? unit.Content.Length : 0, unit.Type == FrameType.Data && unit.IsEnd);
        if (!_byServer.TryGetValue(unit.Stream, out var stream))
        {
            if (!_isOwn || _promised.Contains(unit.Stream))
            {
                ToClient(unit, unit.Stream);
            }
            else
            {
                _serverCredit += (uint)data;
            }

            return;
        }

        if (stream.IsOurs && unit.Type == FrameType.Data)
        {
            _serverCredit += (uint)data;
            if (data > 0 && !isEnd)
            {
                Http2Frame.WriteNumber(_toServer, FrameType.Window, stream.Server, (uint)data);
            }
        }
        else if (stream.IsOurs && unit.Type == FrameType.Reset && !stream.IsWritten)
        {
            (stream.ResetAfter, stream.HasServerEnded) = (unit.Number, true);
            return;
        }
        else
        {
            ToClient(unit, stream.Client);
        }

        stream.HasServerEnded |= isEnd;
        if (unit.Type == FrameType.Reset)
        {
            Forget(stream);
        }

        ForgetIfOver(stream);
    }

    private void ToClient(in Http2Unit unit, int number)
    {
        if (unit.Type == FrameType.Data)
        {
            if (_way.Data(number, unit.Flags, unit.Content) is var padding and > 0)
            {
                _serverCredit += padding;
                Http2Frame.WriteNumber(_toServer, FrameType.Window, unit.Stream, padding);
            }

            return;
        }

        // What the server allows the client needs no place in the order, and might be what the order waits for.
        Http2Frame.Write(unit.Type == FrameType.Window ? _way.Out : _way.Open(), unit.Type, unit.Flags, number, unit.Content);
    }

    /// <summary>
    /// The server takes no streams above a number. The client may have others for them, and what is held will never be taken: so it is told that all its streams until now were seen, and
    /// which of them were not dealt with.
    /// </summary>
    private void ServerLeaves(in Http2Unit unit)
    {
        var last = BinaryPrimitives.ReadInt32BigEndian(unit.Content) & int.MaxValue;
        _isRefusing |= last != int.MaxValue;
        if (!_isOwn || last == int.MaxValue)
        {
            _way.Out.Write(unit.Raw);
            return;
        }

        Span<byte> content = unit.Content.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(content, _lastClient);
        Http2Frame.Write(_way.Out, FrameType.GoAway, 0, 0, content);
        foreach (var stream in _byClient.Values.Where(stream => stream.Held is not null || stream.Server > last).ToList())
        {
            Http2Frame.WriteNumber(_way.Open(), FrameType.Reset, stream.Client, Http2Frame.Refused);
            Forget(stream);
        }
    }
}
