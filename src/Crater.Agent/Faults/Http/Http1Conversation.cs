using System.Buffers;
using System.Buffers.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>
/// HTTP/1 on one connection. Requests and answers go on byte by byte as they came; what is looked at is where each begins and ends, since a request can only be answered
/// here when the answers to those before it are out.
/// </summary>
internal sealed class Http1Conversation(IWire wire, HttpRule rule) : Conversation(wire)
{
    /// <summary>Requests sent ahead of their answers; a client that sends more waits.</summary>
    private const int AheadMax = 1000;

    private readonly Queue<Awaited> _awaited = new();
    private Http1Body _request;
    private Http1Body _answer;

    /// <summary>What will happen to the request in front, once it may.</summary>
    private HttpAct? _decision;
    private long _release;
    private bool _isHeld;
    private bool _isSwallowingRequest;
    private bool _isSwallowingAnswer;
    private bool _isAwaitingTurn;
    private bool _isOver;

    /// <summary>A request that went on and whose answer is to come.</summary>
    /// <param name="Settings">Of HTTP/2, when it asks for a change to that; null when it does not.</param>
    private readonly record struct Awaited(bool IsHead, bool IsConnect, bool IsReplaced, byte[]? Settings);

    public override bool HoldsClient => _isHeld || _isAwaitingTurn || _awaited.Count >= AheadMax;

    public override bool IsIdle => _awaited.Count == 0 && !_request.IsOpen && !_answer.IsOpen && !_isHeld && !_isAwaitingTurn;

    public override int FromClient(ReadOnlySpan<byte> bytes)
    {
        // Neighbours go on together: a head and its body cost one call.
        int at = 0, sent = 0;
        while (at < bytes.Length && Next is null && !HoldsClient)
        {
            var rest = bytes[at..];
            var isDropped = _isOver || _isSwallowingRequest;
            var count = _isOver ? rest.Length : _request.IsOpen ? RequestBody(rest) : RequestHead(rest, ref isDropped);
            if (count <= 0)
            {
                break;
            }

            if (isDropped)
            {
                Wire.ToServer(bytes[sent..at]);
                sent = at + count;
            }

            at += count;
        }

        Wire.ToServer(bytes[sent..at]);
        return at;
    }

    public override int FromServer(ReadOnlySpan<byte> bytes)
    {
        int at = 0, sent = 0;
        while (at < bytes.Length && Next is null)
        {
            var rest = bytes[at..];
            var isDropped = _isSwallowingAnswer;
            byte[]? instead = null;
            var count = _answer.IsOpen ? AnswerBody(rest) : AnswerHead(rest, ref instead);
            if (count <= 0)
            {
                break;
            }

            if (isDropped || instead is not null)
            {
                Wire.ToClient(bytes[sent..at]);
                Wire.ToClient(instead);
                sent = at + count;
            }

            at += count;
        }

        Wire.ToClient(bytes[sent..at]);
        return at;
    }

    public override void Wake() => _isHeld &= Wire.Now < _release;

    public override void LetGo()
    {
        _isHeld = _isAwaitingTurn = false;
        _decision = _decision is null ? null : HttpAct.Pass;
    }

    private int RequestBody(ReadOnlySpan<byte> bytes)
    {
        var count = _request.Take(bytes);
        if (count < 0)
        {
            return Lost();
        }

        _isSwallowingRequest &= _request.IsOpen;
        return count;
    }

    private int RequestHead(ReadOnlySpan<byte> bytes, ref bool isDropped)
    {
        // An empty line before a request is nothing (RFC 9112, section 2.2).
        if (bytes.StartsWith("\r\n"u8))
        {
            return 2;
        }

        var kind = Http1Head.Read(bytes, isRequest: true, out var head);
        if (kind != HeadKind.Clear)
        {
            return kind == HeadKind.Incomplete && bytes.Length < Http1Head.BytesMax ? 0 : Lost();
        }

        _decision ??= Decide(head);
        switch (_decision)
        {
            case HttpAct.Delay:
                (_decision, _isHeld) = (HttpAct.Pass, true);
                _release = Wire.Now + (long)(rule.NextDelay().TotalSeconds * TimeProvider.System.TimestampFrequency);
                Wire.WakeAt(_release);
                return 0;
            case HttpAct.Abort or HttpAct.Answer when _awaited.Count > 0:
                _isAwaitingTurn = true;
                return 0;
            case HttpAct.Abort:
                (_isOver, isDropped) = (true, true);
                Wire.Cut();
                return head.Bytes.Length;
            case HttpAct.Answer:
                isDropped = true;
                Answer(head);
                break;
            default:
                _awaited.Enqueue(new Awaited(head.Method.SequenceEqual("HEAD"u8), head.Method.SequenceEqual("CONNECT"u8), _decision == HttpAct.Replace, SettingsOf(head)));
                break;
        }

        _request = head.IsChunked ? Http1Body.OfChunks() : Http1Body.OfLength(head.ContentLength);
        _isSwallowingRequest = _decision == HttpAct.Answer && _request.IsOpen;
        _decision = null;
        return head.Bytes.Length;
    }

    private HttpAct Decide(in Http1Head head)
    {
        if (rule.IsOver)
        {
            return HttpAct.Pass;
        }

        rule.See();
        if (!rule.Matches(head.Method, head.Target))
        {
            return HttpAct.Pass;
        }

        if (rule.Field is not null)
        {
            var fields = head.Fields;
            var isThere = false;
            while (!isThere && Http1Head.Next(ref fields, out _, out var name, out var value))
            {
                isThere = rule.IsField(name, value);
            }

            if (!isThere)
            {
                return HttpAct.Pass;
            }
        }

        return rule.Draw();
    }

    private void Answer(in Http1Head head)
    {
        // A client that waits for leave to send its body may send it or not after this answer, so nobody could tell where its next request begins.
        var isLast = head.IsLast || head.ExpectsContinue;
        Wire.ToClient(Http1Answer.Write(rule, isLast, withBody: !head.Method.SequenceEqual("HEAD"u8)));
        if (isLast)
        {
            _isOver = true;
            Wire.EndClient();
        }
    }

    private int AnswerBody(ReadOnlySpan<byte> bytes)
    {
        var count = _answer.Take(bytes);
        if (count < 0)
        {
            return Lost();
        }

        if (!_answer.IsOpen)
        {
            Answered();
        }

        return count;
    }

    private int AnswerHead(ReadOnlySpan<byte> bytes, ref byte[]? instead)
    {
        // Some servers say that they have waited long enough, and end: nobody asked.
        if (!_awaited.TryPeek(out var awaited))
        {
            return Lost();
        }

        var kind = Http1Head.Read(bytes, isRequest: false, out var head);
        if (kind != HeadKind.Clear)
        {
            return kind == HeadKind.Incomplete && bytes.Length < Http1Head.BytesMax ? 0 : Lost();
        }

        if (head.Status == 101 || (awaited.IsConnect && head.Status is >= 200 and < 300))
        {
            // What was sent ahead of the change would be lost with it.
            Next = head is { Status: 101, IsToHttp2: true } && awaited.Settings is { } settings && _awaited.Count == 1 && !_request.IsOpen
                ? Http2Conversation.Upgraded(Wire, rule, settings, awaited.IsHead, awaited.IsReplaced)
                : new Tunnel(Wire);
            return head.Bytes.Length;
        }

        if (head.Status < 200)
        {
            return head.Bytes.Length;       // a word in between; the answer follows
        }

        var hasBody = !awaited.IsHead && head.Status is not (204 or 304);
        _answer = !hasBody ? Http1Body.OfLength(0) : head.IsChunked ? Http1Body.OfChunks() : head.ContentLength >= 0 ? Http1Body.OfLength(head.ContentLength) : Http1Body.UntilEnd();
        if (awaited.IsReplaced && hasBody && !rule.IsOver)
        {
            instead = Http1Answer.Rewrite(head, rule);
            _isSwallowingAnswer = _answer.IsOpen;
        }

        if (!_answer.IsOpen)
        {
            Answered();
        }

        return head.Bytes.Length;
    }

    private static byte[]? SettingsOf(in Http1Head head)
    {
        var settings = new byte[Base64Url.GetMaxDecodedLength(head.Http2Settings.Length)];
        return head.IsToHttp2 && Base64Url.DecodeFromUtf8(head.Http2Settings, settings, out _, out var count) == OperationStatus.Done && count % 6 == 0 ? settings[..count] : null;
    }

    private void Answered()
    {
        _isSwallowingAnswer = false;
        _awaited.Dequeue();
        _isAwaitingTurn &= _awaited.Count > 0;
    }

    /// <summary>From here on nobody here can tell what is what: everything passes, unless something has been taken out already.</summary>
    private int Lost()
    {
        if (_isSwallowingRequest || _isSwallowingAnswer)
        {
            _isOver = true;
            Wire.Cut();
            return 0;
        }

        Next = new Tunnel(Wire);
        return 0;
    }
}
