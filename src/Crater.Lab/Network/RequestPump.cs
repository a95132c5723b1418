using System.Net.Sockets;
using System.Text;

namespace Crater.Lab.Network;

/// <summary>From the caller to the pod: finds each request's head, and lets the HTTP rules act before the pod sees it.</summary>
internal sealed class RequestPump(Edges edges, Edge edge, Socket client, Socket server, DelayLine back, Conversation conversation)
{
    private readonly HttpFraming _framing = new();
    private readonly DelayLine _line = new(edges, edge, server, isForward: true);

    /// <summary>Set while the body of a request is dropped that is answered here.</summary>
    private (int Status, string Method, long At)? _own;

    public async Task RunAsync(CancellationToken stop)
    {
        using var buffer = new PumpBuffer();
        while (await buffer.FillAsync(client, stop).ConfigureAwait(false))
        {
            await PassAsync(buffer, stop).ConfigureAwait(false);
        }

        if (buffer.Unread.Length > 0)
        {
            await _line.SendAsync(buffer.Unread, stop).ConfigureAwait(false);
        }

        await _line.CompleteAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Passes on everything in the buffer but an unfinished head; in one piece when no rule wants to look at each request.</summary>
    private async ValueTask PassAsync(PumpBuffer buffer, CancellationToken stop)
    {
        if (conversation.IsTunnel)
        {
            _framing.Begin(BodyForm.Tunnel, 0);
        }

        var ready = 0;
        while (ready < buffer.Unread.Length)
        {
            var bytes = buffer.Unread[ready..];
            var part = _framing.Next(bytes.Span, buffer.IsFull && ready == 0, out var length);
            if (part == FramePart.Incomplete)
            {
                break;
            }

            if (part == FramePart.Head)
            {
                var head = Begin(bytes.Span[..length]);
                if (head is { } request && edge.Rules.Http.Length > 0)
                {
                    await FlushAsync(buffer, ready, stop).ConfigureAwait(false);
                    ready = 0;
                    await ActAsync(request, stop).ConfigureAwait(false);
                }

                if (head is { } expected && _own is null)
                {
                    conversation.Pending.Enqueue((expected.Method, edges.Clock.GetTimestamp()));
                }
            }

            if (_own is { } own)
            {
                buffer.Skip(length);
                await AnswerWhenOverAsync(own, part, stop).ConfigureAwait(false);
                continue;
            }

            ready += length;
        }

        await FlushAsync(buffer, ready, stop).ConfigureAwait(false);
    }

    private HttpHead? Begin(ReadOnlySpan<byte> bytes)
    {
        var head = HttpHead.Request(bytes);
        _framing.Begin(head?.Body ?? BodyForm.Tunnel, head?.Length ?? 0);
        return head;
    }

    private async ValueTask FlushAsync(PumpBuffer buffer, int count, CancellationToken stop)
    {
        if (count > 0)
        {
            await _line.SendAsync(buffer.Unread[..count], stop).ConfigureAwait(false);
            buffer.Skip(count);
        }
    }

    private async Task ActAsync(HttpHead request, CancellationToken stop)
    {
        var began = edges.Clock.GetTimestamp();
        foreach (var rule in edge.Rules.Http.Where(rule => rule.Matches(request.Method, request.Path) && edges.Draw() < rule.Share.Value))
        {
            switch (rule.Effect)
            {
                case HttpEffect.Delay delay:
                    await WaitAsync(rule, delay.Time, began, stop).ConfigureAwait(false);
                    break;
                case HttpEffect.Abort:
                    await ReachAsync(stop).ConfigureAwait(false);
                    await new Segment(default, edges, isForward: false).WaitAsync(edge, stop).ConfigureAwait(false);
                    edge.Count.Answered(0, edges.Clock.GetElapsedTime(began));
                    throw new SocketException((int)SocketError.ConnectionReset);
                case HttpEffect.Status status:
                    _own ??= (status.Code, request.Method, began);
                    break;
            }
        }

        if (_own is not null)
        {
            await ReachAsync(stop).ConfigureAwait(false);
        }

        if (_own is not null && request.Body is BodyForm.None or BodyForm.Tunnel)
        {
            _framing.Begin(BodyForm.None, 0);
        }
        else if (_own is { } own && request.ExpectsContinue)
        {
            // The body will not come before we ask for it; the answer ends the connection instead.
            await AnswerAsync(own, keepAlive: false, stop).ConfigureAwait(false);
            await LeaveAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>What is answered here must first have come as far as the pod, and answers leave in the order of their requests.</summary>
    private async Task ReachAsync(CancellationToken stop)
    {
        if (edge.Rules.HasNetwork)
        {
            await new Segment(default, edges, isForward: true).WaitAsync(edge, stop).ConfigureAwait(false);
        }

        while (!conversation.Pending.IsEmpty)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), edges.Clock, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the connection so that the answer still arrives: a reset now would throw away what the caller has not read.</summary>
    private async Task LeaveAsync(CancellationToken stop)
    {
        await back.CompleteAsync(stop).ConfigureAwait(false);
        using var rest = new PumpBuffer();
        while (await rest.FillAsync(client, stop).ConfigureAwait(false))
        {
            rest.Skip(rest.Unread.Length);
        }

        throw new SocketException((int)SocketError.ConnectionAborted);
    }

    /// <summary>Waits, but not for a rule that is gone.</summary>
    private async Task WaitAsync(HttpRule rule, TimeSpan time, long began, CancellationToken stop)
    {
        while (edge.Rules.Http.Contains(rule))
        {
            var changed = edges.Changed;
            var left = time - edges.Clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(Task.Delay(left, edges.Clock, over.Token), changed).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
        }
    }

    private async Task AnswerWhenOverAsync((int Status, string Method, long At) own, FramePart part, CancellationToken stop)
    {
        var isBodyless = part == FramePart.Head && _framing.IsBetweenMessages;
        if (!isBodyless && part != FramePart.BodyEnd)
        {
            return;
        }

        await AnswerAsync(own, keepAlive: true, stop).ConfigureAwait(false);
        _own = null;
    }

    private async Task AnswerAsync((int Status, string Method, long At) own, bool keepAlive, CancellationToken stop)
    {
        var body = own.Method == "HEAD" ? "" : $"fault: status {own.Status}\n";
        var text = $"HTTP/1.1 {own.Status} Fault\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nX-Crater-Fault: http-status\r\n"
            + (keepAlive ? "" : "Connection: close\r\n") + $"\r\n{body}";
        await back.SendAsync(Encoding.ASCII.GetBytes(text), stop).ConfigureAwait(false);
        edge.Count.Answered(own.Status, edges.Clock.GetElapsedTime(own.At));
    }
}
