using System.Buffers.Binary;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>A queue of netfilter and the rules that lead packets into it.</summary>
internal sealed class RuledQueue : IDisposable
{
    private readonly NetlinkSocket _rules;
    private readonly PacketQueue _queue;

    private RuledQueue(NetlinkSocket rules, PacketQueue queue) => (_rules, _queue) = (rules, queue);

    /// <param name="fate">Decides over the packets.</param>
    /// <param name="seed">Of where a free queue is looked for.</param>
    /// <param name="makeRules">Makes the table, each rule of which ends with what it is given.</param>
    /// <exception cref="HostException">The kernel has no queues, or does not permit it.</exception>
    public static RuledQueue Make(PacketFate fate, int seed, Func<Action<NetlinkMessage>, NetlinkSocket> makeRules)
    {
        var queue = new PacketQueue(fate, seed);
        try
        {
            return new RuledQueue(Rules(queue.Number, makeRules), queue);
        }
        catch
        {
            queue.Dispose();
            throw;
        }
    }

    /// <summary>The rules go before the queue: in between, packets that come find no way to it and pass.</summary>
    public void Dispose()
    {
        _rules.Dispose();
        _queue.Dispose();
    }

    // Some kernels have the queue as a word of nf_tables, others only as the older target of that name.
    private static NetlinkSocket Rules(ushort queue, Func<Action<NetlinkMessage>, NetlinkSocket> make)
    {
        try
        {
            return make(rule => PacketMatch.Expression(rule, "queue", data => data.Short(1, queue).Short(2, 1).Short(3, 1 /* bypass */)));
        }
        catch (HostException e) when (e.Error is Errno.NoEntry or Errno.NotSupported)
        {
            var target = new byte[8];
            BinaryPrimitives.WriteUInt16LittleEndian(target, queue);
            BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(2), 1);
            BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(4), 1 /* bypass */);
            return make(rule => PacketMatch.Expression(rule, "target", data => data.Text(1, "NFQUEUE").Number(2, 3).Data(3, target)));
        }
    }
}
