using System.Net.Sockets;

namespace Crater.Lab.Network;

/// <summary>From the pod to the caller: passes everything on, and counts each answer when its last byte has gone.</summary>
internal sealed class AnswerPump(Edges edges, Edge edge, Socket server, DelayLine line, Conversation conversation)
{
    private readonly HttpFraming _framing = new(isAnswers: true);
    private int _status;

    public async Task RunAsync(CancellationToken stop)
    {
        using var buffer = new PumpBuffer();
        while (await buffer.FillAsync(server, stop).ConfigureAwait(false))
        {
            await PassAsync(buffer, stop).ConfigureAwait(false);
        }

        if (buffer.Unread.Length > 0)
        {
            await line.SendAsync(buffer.Unread, stop).ConfigureAwait(false);
        }

        if (_status > 0)
        {
            // An answer without a length ends with its connection.
            Count();
        }

        await line.CompleteAsync(stop).ConfigureAwait(false);
    }

    private async ValueTask PassAsync(PumpBuffer buffer, CancellationToken stop)
    {
        var ready = 0;
        while (ready < buffer.Unread.Length)
        {
            var bytes = buffer.Unread[ready..];
            var part = _framing.Next(bytes.Span, buffer.IsFull && ready == 0, out var length);
            if (part == FramePart.Incomplete)
            {
                break;
            }

            ready += length;
            if ((part == FramePart.Head && Begin(bytes.Span[..length])) || part == FramePart.BodyEnd)
            {
                await FlushAsync(buffer, ready, stop).ConfigureAwait(false);
                ready = 0;
                Count();
            }
        }

        await FlushAsync(buffer, ready, stop).ConfigureAwait(false);
    }

    /// <returns>Whether the answer ends with its head.</returns>
    private bool Begin(ReadOnlySpan<byte> bytes)
    {
        var method = conversation.Pending.TryPeek(out var request) ? request.Method : "";
        if (HttpHead.Answer(bytes, method) is not { } head)
        {
            _framing.Begin(BodyForm.Tunnel, 0);
            return false;
        }

        _framing.Begin(head.Body, head.Length);
        var isInterim = head.Status is >= 100 and < 200 and not 101;
        _status = isInterim ? 0 : head.Status;
        if (head.Body == BodyForm.Tunnel)
        {
            conversation.BecomeTunnel();
        }

        return !isInterim && head.Body is BodyForm.None or BodyForm.Tunnel;
    }

    private async ValueTask FlushAsync(PumpBuffer buffer, int count, CancellationToken stop)
    {
        if (count > 0)
        {
            await line.SendAsync(buffer.Unread[..count], stop).ConfigureAwait(false);
            buffer.Skip(count);
        }
    }

    private void Count()
    {
        if (_status > 0 && conversation.Pending.TryDequeue(out var request))
        {
            edge.Count.Answered(_status, edges.Clock.GetElapsedTime(request.At));
        }

        _status = 0;
    }
}
