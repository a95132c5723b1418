using System.Buffers.Binary;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults.Network;

/// <summary>Holds the packets that are hit back for a while.</summary>
internal sealed class NetworkDelay : NetworkFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-delay",
        Family = "network",
        Summary = "Delays the packets of a host or a network namespace, or of some peers.",
        Mechanism = "A table of nf_tables of the injection's own leads packets to a queue of netfilter (NFQUEUE, with bypass), where the keeper lets each go when its time has come. The packets stay in the kernel.",
        Ending = "Dies with its keeper: the rules are gone or let pass. On recovery the rules go first, then everything that is held is let go; when the keeper is killed, the packets that it holds at that moment are lost.",
        Cannot = "Packets that are forwarded are not hit. Above some 100,000 packets a second the queue is full and lets packets pass undelayed.",
        Parameters =
        [
            new("latency", ParameterType.Duration, "How much later a packet goes on.") { Short = 'l', IsRequired = true, Aliases = ["delay"] },
            new("jitter", ParameterType.Duration, "How much that varies to both sides, evenly.") { Short = 'j', Default = "0" },
            .. Filters("out"),
        ],
        Aliases = ["network-latency"],
    };

    public override string Check() => File.Exists("/proc/net/netfilter/nfnetlink_queue") ? base.Check() : throw new AgentException("CRT5601", ExitCodes.Host,
        "network-delay cannot be done here: this kernel has no queues of netfilter (nfnetlink_queue), or its module is not loaded. Load it: modprobe nfnetlink_queue.");

    protected override string Mechanism(FaultRequest request) => "NFQUEUE with bypass, led to by nf_tables, in a table of its own.";

    protected override IDisposable PutOn(FaultRequest request, UndoData undo)
    {
        var (delay, jitter) = (TimeSpan.FromMilliseconds(request.Number("latency")), TimeSpan.FromMilliseconds(request.Number("jitter")));
        if (delay <= TimeSpan.Zero || jitter > delay)
        {
            throw new AgentException("CRT5606", ExitCodes.Usage, $"A latency of {delay.TotalMilliseconds} ms with a jitter of {jitter.TotalMilliseconds} ms makes no sense: the latency is above zero, and the jitter no longer.");
        }

        var queue = new DelayQueue(delay, jitter, seed: undo.Uid.Aggregate(17, (seed, letter) => unchecked((seed * 31) + letter)));
        try
        {
            return new Queued(Table(request, undo, queue.Number), queue);
        }
        catch
        {
            queue.Dispose();
            throw;
        }
    }

    // Some kernels have the queue as a word of nf_tables, others only as the older target of that name.
    private static NetlinkSocket Table(FaultRequest request, UndoData undo, ushort queue)
    {
        try
        {
            return PacketTable.Make(undo["table"], Rules(request, rule => PacketMatch.Expression(rule, "queue", data => data.Short(1, queue).Short(2, 1).Short(3, 1 /* bypass */)))).Socket;
        }
        catch (HostException e) when (e.Error is Errno.NoEntry or Errno.NotSupported)
        {
            var target = new byte[8];
            BinaryPrimitives.WriteUInt16LittleEndian(target, queue);
            BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(2), 1);
            BinaryPrimitives.WriteUInt16LittleEndian(target.AsSpan(4), 1 /* bypass */);
            return PacketTable.Make(undo["table"], Rules(request, rule => PacketMatch.Expression(rule, "target", data => data.Text(1, "NFQUEUE").Number(2, 3).Data(3, target)))).Socket;
        }
    }

    /// <summary>The rules go before the queue: in between, packets that come find no way to it and pass.</summary>
    private sealed class Queued(NetlinkSocket table, DelayQueue queue) : IDisposable
    {
        public void Dispose()
        {
            table.Dispose();
            queue.Dispose();
        }
    }
}
