using System.Buffers.Binary;
using Crater.Agent.Host;

namespace Crater.Agent.Faults.Network;

/// <summary>A queueing discipline of the kernel with its settings, as rtnetlink takes them.</summary>
/// <param name="Kind">The kernel's name for it.</param>
/// <param name="WriteOptions">Writes what stands in its TCA_OPTIONS.</param>
internal sealed record Discipline(string Kind, Action<NetlinkMessage> WriteOptions)
{
    /// <summary>Packets held at one time; netem's own default of 1,000 would drop at a few thousand a second.</summary>
    private const uint PacketsMax = 100_000;

    /// <summary>Of a token bucket: packets that would wait longer are dropped.</summary>
    private const double WaitMaxSeconds = 0.4;

    /// <summary>The headers in front of a packet of the largest size, with room.</summary>
    private const uint HeaderBytes = 64;

    public static Discipline Netem(Emulation emulation) => new("netem", options =>
    {
        var head = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), PacketsMax);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), emulation.Gap);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(16), Odds(emulation.Duplicate));
        options.Bytes(head).Data(1 /* TCA_NETEM_CORR */, Words(Odds(emulation.DelayCorrelation), 0, 0)).Data(10 /* _LATENCY64 */, Long(emulation.Latency)).Data(11 /* _JITTER64 */, Long(emulation.Jitter));
        if (emulation.Reorder > 0)
        {
            options.Data(3 /* _REORDER */, Words(Odds(emulation.Reorder), 0));
        }

        if (emulation.Corrupt > 0)
        {
            options.Data(4 /* _CORRUPT */, Words(Odds(emulation.Corrupt), 0));
        }

        if (emulation.Loss > 0)
        {
            // Two states, one of which loses everything: the share stays what was asked for, whatever the correlation; netem's plain one loses less with it.
            var change = 1 - emulation.LossCorrelation;
            options.Nest(5 /* _LOSS */, loss => loss.Data(2 /* Gilbert-Elliot */, Words(Odds(change * emulation.Loss), Odds(change * (1 - emulation.Loss)), 0, 0)));
        }
    });

    /// <summary>Lets so many bits pass in a second, their headers included.</summary>
    /// <param name="packetBytesMax">A packet that is larger than the bucket would never pass.</param>
    public static Discipline TokenBucket(long bitsPerSecond, uint packetBytesMax) => new("tbf", options =>
    {
        var bytesPerSecond = bitsPerSecond / 8;
        var bucket = (uint)Math.Max(packetBytesMax + HeaderBytes, bytesPerSecond / 1_000);
        var parameters = new byte[36];
        parameters[1] = 1;      // Ethernet: no table of times is needed
        BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(8), (uint)Math.Min(bytesPerSecond, uint.MaxValue));
        BinaryPrimitives.WriteUInt32LittleEndian(parameters.AsSpan(24), (uint)Math.Min(bucket + (bytesPerSecond * WaitMaxSeconds), int.MaxValue));
        options.Data(1 /* TCA_TBF_PARMS */, parameters).Data(4 /* _RATE64 */, BitConverter.GetBytes(bytesPerSecond)).Data(6 /* _BURST */, BitConverter.GetBytes(bucket));
    });

    private static byte[] Long(TimeSpan span) => BitConverter.GetBytes((long)span.TotalNanoseconds);

    private static uint Odds(double share) => (uint)Math.Round(Math.Clamp(share, 0, 1) * uint.MaxValue);

    private static byte[] Words(params ReadOnlySpan<uint> words)
    {
        var bytes = new byte[words.Length * 4];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        }

        return bytes;
    }
}

/// <summary>What netem is to do to packets; shares are from 0 to 1.</summary>
internal sealed record Emulation
{
    public TimeSpan Latency { get; init; }

    /// <summary>How much the latency varies to both sides, evenly.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>How much each delay resembles the one before.</summary>
    public double DelayCorrelation { get; init; }

    /// <summary>Share of the packets that are lost, and how likely the next one fares like this one.</summary>
    public double Loss { get; init; }

    public double LossCorrelation { get; init; }

    public double Corrupt { get; init; }

    public double Duplicate { get; init; }

    /// <summary>Share of the packets that overtake: they are not held back for the latency.</summary>
    public double Reorder { get; init; }

    /// <summary>Every so many packets one may overtake; 0 for any.</summary>
    public uint Gap { get; init; }
}
