using System.Net.Sockets;
using System.Threading.Channels;

namespace Crater.Lab.Network;

/// <summary>
/// One direction of one connection. While nothing acts on the edge, bytes go straight through; else they wait in line, in order, each
/// until its own time, and are looked at again whenever a rule comes or goes.
/// </summary>
internal sealed class DelayLine(Edges edges, Edge edge, Socket to, bool isForward)
{
    /// <summary>Segments that wait before the sender is no longer read, as a full receive window would do it.</summary>
    private const int WaitingMax = 64;

    /// <summary>Smaller pieces than a buffer, so that a slow line gives a steady trickle and not a buffer now and then.</summary>
    private const int SlowPiece = 4 * 1024;

    private Channel<Segment>? _line;
    private Task _draining = Task.CompletedTask;
    private int _waiting;

    private System.Collections.Immutable.ImmutableArray<NetworkRule> Rules => isForward ? edge.Rules.Forward : edge.Rules.Backward;

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        if (Rules.IsEmpty && Volatile.Read(ref _waiting) == 0)
        {
            await SendAllAsync(bytes, stop).ConfigureAwait(false);
            return;
        }

        ReadOnlyMemory<byte> left = bytes.ToArray();
        while (left.Length > 0)
        {
            var piece = Rules.Any(rule => rule.Effect is NetworkEffect.Bandwidth) ? Math.Min(SlowPiece, left.Length) : left.Length;
            await QueueAsync(new Segment(left[..piece], edges, isForward), stop).ConfigureAwait(false);
            left = left[piece..];
        }
    }

    /// <summary>Tells the receiver that no more comes, after all that waits.</summary>
    public async ValueTask CompleteAsync(CancellationToken stop)
    {
        if (_line is null && Rules.IsEmpty)
        {
            to.Shutdown(SocketShutdown.Send);
            return;
        }

        // The end waits as bytes would: nothing passes a partition, not even the news that the other side has left.
        await QueueAsync(new Segment(default, edges, isForward), stop).ConfigureAwait(false);
        _line!.Writer.TryComplete();
        await _draining.WaitAsync(stop).ConfigureAwait(false);
        to.Shutdown(SocketShutdown.Send);
    }

    private ValueTask QueueAsync(Segment segment, CancellationToken stop)
    {
        if (_line is null)
        {
            _line = Channel.CreateBounded<Segment>(WaitingMax);
            _draining = DrainAsync(_line.Reader, stop);
        }
        else if (_draining.IsFaulted)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        Interlocked.Increment(ref _waiting);
        return _line.Writer.WriteAsync(segment, stop);
    }

    private async Task DrainAsync(ChannelReader<Segment> line, CancellationToken stop)
    {
        try
        {
            await foreach (var segment in line.ReadAllAsync(stop).ConfigureAwait(false))
            {
                await segment.WaitAsync(edge, stop).ConfigureAwait(false);
                await SendAllAsync(segment.Bytes, stop).ConfigureAwait(false);
                Interlocked.Decrement(ref _waiting);
            }
        }
        catch (SocketException)
        {
            // The reader of this direction is waiting on the other socket; closing this one ends the connection as a whole.
            to.Close(0);
            throw;
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, SocketFlags.None, stop).ConfigureAwait(false)..];
        }
    }
}
