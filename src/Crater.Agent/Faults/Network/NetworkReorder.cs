namespace Crater.Agent.Faults.Network;

/// <summary>Lets some packets overtake others.</summary>
internal sealed class NetworkReorder : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-reorder",
        Family = "network",
        Summary = "Brings the packets of a host or a network namespace, or of some peers, out of their order.",
        Mechanism = "Packets are held back for the latency, and some overtake them: by netem on an intermediate device (ifb), where the kernel has it; else in a queue of netfilter (NFQUEUE, with bypass), by the same rule.",
        Ending = Ends,
        Cannot = "Where packets follow one another more slowly than the latency, nothing overtakes and everything is only late. In a queue, packets that are forwarded are not hit.",
        Parameters =
        [
            new("gap", ParameterType.Integer, "Of so many packets one may overtake.") { Short = 'g', Min = 1, Max = 1_000_000, Default = "3" },
            new("percent", ParameterType.Share, "How often one that may overtake does.") { Short = 'p', Min = 1, Max = 1_000_000, Default = "100" },
            new("latency", ParameterType.Duration, "How long the others are held back.") { Short = 'l', Default = "1000" },
            .. Filters("out"),
        ],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-reorder", new Dictionary<string, string> { ["latency"] = "1", ["percent"] = "1", ["gap"] = "1" });

    protected override void RefuseSenseless(FaultRequest request)
    {
        if (request.Number("latency") <= 0)
        {
            throw new AgentException("CRT5606", ExitCodes.Usage, "A latency of zero brings nothing out of its order. Give one that is longer than packets are apart.");
        }
    }

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.Netem(Of(request));

    protected override PacketFate Fate(FaultRequest request, int seed) => new Delaying(Of(request), seed);

    private static Emulation Of(FaultRequest request) => new()
    {
        Latency = TimeSpan.FromMilliseconds(request.Number("latency")),
        Reorder = request.Share("percent"),
        Gap = (uint)request.Number("gap"),
    };
}
