using System.Net.Sockets;

namespace Crater.Lab.Network;

/// <summary>
/// Some bytes on their way, or (with none) the opening of a connection. Its chances are drawn when it arrives, once, so that a change of
/// the rules never makes it luckier or unluckier than it was.
/// </summary>
internal sealed class Segment(byte[] bytes, Edges edges, bool isForward)
{
    /// <summary>Linux' TCP_RTO_MIN: a lost segment is sent again after 200 ms, then 400 ms, …</summary>
    private static readonly TimeSpan RetransmitAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>A lost SYN is sent again after 1 s, then 2 s, … (RFC 6298).</summary>
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(1);

    /// <summary>Lost this often in a row, the connection is given up: a reset, as Linux' tcp_syn_retries of 6 would end it.</summary>
    private const int LossesMax = 6;

    private readonly long _arrived = edges.Clock.GetTimestamp();
    private readonly double _jitter = (edges.Draw() * 2) - 1;
    private readonly double[] _luck = [.. Enumerable.Range(0, LossesMax).Select(_ => edges.Draw())];
    private readonly Dictionary<string, TimeSpan> _room = [];

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Waits until the rules let it pass; with no rule left it passes at once.</summary>
    /// <exception cref="SocketException">ConnectionReset: it was lost too often.</exception>
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
        var wait = WaitOf(edge, isForward ? rules.Forward : rules.Backward, isForward);
        if (bytes.Length == 0)
        {
            // Opening takes a round trip: both directions count.
            wait = Sum(wait, WaitOf(edge, isForward ? rules.Backward : rules.Forward, !isForward));
        }

        return wait == Timeout.InfiniteTimeSpan ? Timeouts.LookAgain : wait - age;
    }

    private TimeSpan WaitOf(Edge edge, IEnumerable<NetworkRule> rules, bool forward) => rules.Aggregate(TimeSpan.Zero, (sum, rule) => Sum(sum, rule.Effect switch
    {
        NetworkEffect.Partition => Timeout.InfiniteTimeSpan,
        NetworkEffect.Delay delay => Positive(delay.Time + (delay.Jitter * _jitter)),
        NetworkEffect.Loss loss => LostFor(loss.Share.Value),
        NetworkEffect.Bandwidth line => RoomOf(rule, line, (rule.PodUid == edge.Target.Uid) == forward),
        _ => throw new System.Diagnostics.UnreachableException($"Network effect {rule.Effect.GetType().Name} has no meaning for a segment."),
    }));

    private TimeSpan LostFor(double share)
    {
        var losses = _luck.TakeWhile(luck => luck < share).Count();
        if (losses == LossesMax && share < 1)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        var first = bytes.Length == 0 ? ReconnectAfter : RetransmitAfter;
        return share >= 1 ? Timeout.InfiniteTimeSpan : first * (Math.Pow(2, losses) - 1);
    }

    private TimeSpan RoomOf(NetworkRule rule, NetworkEffect.Bandwidth line, bool isToPod)
    {
        if (bytes.Length == 0)
        {
            return TimeSpan.Zero;
        }

        if (!_room.TryGetValue(rule.Id, out var room))
        {
            // Room is taken once, when the segment reaches the line; from then on its age counts against it.
            room = (isToPod ? line.In : line.Out).Take(bytes.Length) + edges.Clock.GetElapsedTime(_arrived);
            _room[rule.Id] = room;
        }

        return room;
    }

    private static TimeSpan Sum(TimeSpan a, TimeSpan b) =>
        a == Timeout.InfiniteTimeSpan || b == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : a + b;

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}

/// <summary>How often someone who waits without an end looks whether it still makes sense.</summary>
internal static class Timeouts
{
    public static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);
}
