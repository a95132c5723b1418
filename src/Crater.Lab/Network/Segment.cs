using System.Collections.Immutable;

namespace Crater.Lab.Network;

/// <summary>
/// Some bytes of one direction, or the opening of a connection. Its chances are drawn when it arrives, once, so that a change of
/// the rules never makes it luckier or unluckier than it was.
/// </summary>
/// <param name="isOpening">A connection attempt: a round trip, for which both directions count.</param>
internal sealed class Segment(ReadOnlyMemory<byte> bytes, Edges edges, bool isForward, bool isOpening = false)
{
    /// <summary>Linux' TCP_RTO_MIN: a lost segment is sent again after 200 ms, then 400 ms, …</summary>
    private static readonly TimeSpan RetransmitAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>A lost SYN is sent again after 1 s, then 2 s, … (RFC 6298).</summary>
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(1);

    /// <summary>Lost this often in a row, the connection is given up: a reset, after the waits, as Linux' tcp_syn_retries of 6 would end it.</summary>
    private const int LossesMax = 6;

    private readonly long _arrived = edges.Clock.GetTimestamp();
    private readonly double _jitter = (edges.Draw() * 2) - 1;
    private readonly double[] _luck = [.. Enumerable.Range(0, LossesMax).Select(_ => edges.Draw())];
    private readonly Dictionary<string, TimeSpan> _room = [];

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Waits until the rules let it pass; with no rule left it passes at once.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">ConnectionReset: it was lost too often.</exception>
    public async Task WaitAsync(Edge edge, CancellationToken stop)
    {
        while (true)
        {
            var changed = edges.Changed;
            var wait = Left(edge);
            if (wait <= TimeSpan.Zero)
            {
                return;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var timer = Task.Delay(wait, edges.Clock, over.Token);
            await Task.WhenAny(timer, changed).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
        }
    }

    private TimeSpan Left(Edge edge)
    {
        var age = edges.Clock.GetElapsedTime(_arrived);
        var rules = edge.Rules;
        var own = isForward ? rules.Forward : rules.Backward;
        var other = isOpening ? (isForward ? rules.Backward : rules.Forward) : [];
        if (own.Concat(other).Any(rule => rule.Effect is NetworkEffect.Partition))
        {
            return Timeouts.LookAgain;
        }

        // A rule of both directions delays each of them, but an attempt is lost once, whichever half of it was.
        var late = own.Concat(other).Aggregate(TimeSpan.Zero, (sum, rule) => sum + LateBy(rule.Effect));
        var share = 1 - own.Union(other).Aggregate(1d, (kept, rule) => kept * (1 - LossOf(rule.Effect)));
        if (share >= 1)
        {
            return Timeouts.LookAgain;
        }

        var losses = _luck.TakeWhile(luck => luck < share).Count();
        var left = late + ((isOpening ? ReconnectAfter : RetransmitAfter) * (Math.Pow(2, losses) - 1)) - age;
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        return losses == LossesMax
            ? throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionReset)
            : RoomIn(edge, own, age);
    }

    private TimeSpan LateBy(NetworkEffect effect) =>
        effect is NetworkEffect.Delay delay && delay.Time + (delay.Jitter * _jitter) is var time && time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static double LossOf(NetworkEffect effect) => effect is NetworkEffect.Loss loss ? loss.Share.Value : 0;

    /// <summary>Room is taken once, when all else is over and the segment is the next of its line; the slowest of several rates counts.</summary>
    private TimeSpan RoomIn(Edge edge, ImmutableArray<NetworkRule> own, TimeSpan age)
    {
        var wait = TimeSpan.Zero;
        foreach (var rule in own)
        {
            if (bytes.Length == 0 || rule.Effect is not NetworkEffect.Bandwidth line)
            {
                continue;
            }

            if (!_room.TryGetValue(rule.Id, out var free))
            {
                var isToPod = (rule.PodUid == edge.Target.Uid) == isForward;
                free = age + (isToPod ? line.In : line.Out).Take(bytes.Length);
                _room[rule.Id] = free;
            }

            wait = free - age > wait ? free - age : wait;
        }

        return wait;
    }
}

/// <summary>How often someone who waits without an end looks whether it still makes sense.</summary>
internal static class Timeouts
{
    public static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);
}
