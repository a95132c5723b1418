namespace Crater.Agent.Faults.Network;

/// <summary>Lets only so much pass in a second.</summary>
internal sealed class NetworkBandwidth : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-bandwidth",
        Family = "network",
        Summary = "Limits how much a host or a network namespace sends or receives in a second, altogether or with some peers.",
        Mechanism = "A token bucket (tbf) on an intermediate device (ifb), where the kernel has both; else a queue of netfilter (NFQUEUE, with bypass), in which each packet takes its turn. One limit for all interfaces and both directions that are hit.",
        Ending = Ends,
        Cannot = "Headers count, as on a wire: of 10 mbit some 9.5 are left for the content of TCP. What would wait for more than 400 ms is dropped. In a queue, packets that are forwarded are not hit.",
        Parameters = [new("rate", ParameterType.Rate, "How much passes in a second.") { Short = 'r', Min = 8_000, Max = 100_000_000_000, IsRequired = true }, .. Filters("out")],
        Aliases = ["network-limit", "network-rate"],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-bandwidth", new Dictionary<string, string> { ["rate"] = "1000000" });

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.TokenBucket(request.Number("rate"), packetBytesMax);

    protected override PacketFate Fate(FaultRequest request, int seed) => new Limiting(request.Number("rate"));
}
