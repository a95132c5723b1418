using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>What becomes of one packet of a queue.</summary>
/// <param name="Hold">How long it is held back.</param>
/// <param name="IsDropped">It does not go on at all.</param>
/// <param name="Content">What goes on in its place; null for the packet as it is.</param>
internal readonly record struct Fate(TimeSpan Hold, bool IsDropped = false, byte[]? Content = null);

/// <summary>Decides over the packets of one queue, one after the other, on one thread.</summary>
internal abstract class PacketFate
{
    /// <summary>Whether it has to see what is in a packet. Then the kernel cuts large ones into what really goes over the wire, and fills in their checksums.</summary>
    public virtual bool SeesContent => false;

    /// <param name="content">The packet from its IP header on; empty unless <see cref="SeesContent"/>.</param>
    public abstract Fate Of(ReadOnlySpan<byte> content);
}

/// <summary>Holds packets back, for as long as the jitter makes of it; some overtake.</summary>
/// <param name="emulation">Latency, jitter, correlation, reorder and gap of it count, by the rules of netem.</param>
internal sealed class Delaying(Emulation emulation, int seed) : PacketFate
{
    private readonly CorrelatedDice _jitter = new(seed, emulation.DelayCorrelation);
    private readonly Random _overtaking = new(seed + 1);
    private uint _count;

    public override Fate Of(ReadOnlySpan<byte> content)
    {
        if (emulation.Reorder > 0 && _count + 1 >= emulation.Gap && _overtaking.NextDouble() < emulation.Reorder)
        {
            _count = 0;
            return default;
        }

        _count++;
        return new Fate(emulation.Latency + (emulation.Jitter * ((_jitter.Next() * 2) - 1)));
    }
}

/// <summary>Drops a share, in runs as long as the correlation makes them; the share stays the same.</summary>
internal sealed class Losing(Emulation emulation, int seed) : PacketFate
{
    private readonly Random _dice = new(seed);
    private bool _isLost;

    public override Fate Of(ReadOnlySpan<byte> content)
    {
        _isLost = _dice.NextDouble() < emulation.LossCorrelation ? _isLost : _dice.NextDouble() < emulation.Loss;
        return new Fate(TimeSpan.Zero, _isLost);
    }
}

/// <summary>Flips one bit behind the IP header.</summary>
internal sealed class Corrupting(int seed) : PacketFate
{
    private readonly Random _dice = new(seed);

    public override bool SeesContent => true;

    public override Fate Of(ReadOnlySpan<byte> content)
    {
        var start = IpPacket.HeaderBytes(content);
        if (start >= content.Length)
        {
            return default;
        }

        var changed = content.ToArray();
        changed[_dice.Next(start, changed.Length)] ^= (byte)(1 << _dice.Next(8));
        return new Fate(TimeSpan.Zero, Content: changed);
    }
}

/// <summary>Lets so many bits pass in a second: each packet takes its turn, and what would wait too long is dropped.</summary>
internal sealed class Limiting(long bitsPerSecond) : PacketFate
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(0.4);

    /// <summary>Before the IP header, as a discipline of the kernel counts it too.</summary>
    private const int LinkHeaderBytes = 14;

    private long _free = TimeProvider.System.GetTimestamp();

    public override bool SeesContent => true;

    public override Fate Of(ReadOnlySpan<byte> content)
    {
        var now = TimeProvider.System.GetTimestamp();
        var wait = TimeProvider.System.GetElapsedTime(now, Math.Max(_free, now));
        if (wait > WaitMax)
        {
            return new Fate(TimeSpan.Zero, IsDropped: true);
        }

        var takes = (content.Length + LinkHeaderBytes) * 8.0 / bitsPerSecond;
        _free = Math.Max(_free, now) + (long)(takes * TimeProvider.System.TimestampFrequency);
        return new Fate(TimeProvider.System.GetElapsedTime(now, _free));
    }
}
