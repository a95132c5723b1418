namespace Crater.Agent.Faults.Network;

/// <summary>Flips a bit in a share of the packets.</summary>
internal sealed class NetworkCorrupt : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-corrupt",
        Family = "network",
        Summary = "Flips one bit in a share of the packets of a host or a network namespace, or of some peers. Checksums find it, so most receivers see a loss.",
        Mechanism = "netem on an intermediate device (ifb), where the kernel has it; else a queue of netfilter (NFQUEUE, with bypass) for the packets drawn, in which the keeper flips a bit behind the IP header, after the checksum was filled in.",
        Ending = Ends,
        Cannot = "It cannot make a wrong packet pass for a right one: whoever checks checksums drops it. In a queue, packets that are forwarded are not hit.",
        Parameters = [new("percent", ParameterType.Share, "The share that is corrupted.") { Short = 'p', Min = 1, Max = 1_000_000, IsRequired = true }, .. Filters("out")],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-corrupt", new Dictionary<string, string> { ["percent"] = "1" });

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.Netem(new Emulation { Corrupt = request.Share("percent") });

    protected override PacketFate Fate(FaultRequest request, int seed) => new Corrupting(seed);

    protected override uint Queued(FaultRequest request) => (uint)request.Millionths("percent");
}
