namespace Crater.Agent.Faults.Network;

/// <summary>Holds the packets that are hit back for a while.</summary>
internal sealed class NetworkDelay : ShapedFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "network-delay",
        Family = "network",
        Summary = "Delays the packets of a host or a network namespace, or of some peers.",
        Mechanism = "netem on an intermediate device (ifb), where the kernel has it; else a queue of netfilter (NFQUEUE, with bypass), where the keeper lets each go when its time has come. Tables of nf_tables of the injection's own lead packets there.",
        Ending = Ends,
        Cannot = "In a queue, packets that are forwarded are not hit, and above some 100,000 packets a second it is full and lets packets pass undelayed.",
        Parameters =
        [
            new("latency", ParameterType.Duration, "How much later a packet goes on.") { Short = 'l', IsRequired = true, Aliases = ["delay"] },
            new("jitter", ParameterType.Duration, "How much that varies to both sides, evenly; packets then overtake one another.") { Short = 'j', Default = "0" },
            new("correlation", ParameterType.Share, "How much each delay resembles the one before.") { Max = 1_000_000, Default = "0" },
            .. Filters("out"),
        ],
        Aliases = ["network-latency"],
    };

    protected override FaultRequest Tried { get; } = new("tried", "network-delay", new Dictionary<string, string> { ["latency"] = "1", ["jitter"] = "0", ["correlation"] = "0" });

    protected override void RefuseSenseless(FaultRequest request)
    {
        var emulation = Of(request);
        if (emulation.Latency <= TimeSpan.Zero || emulation.Jitter > emulation.Latency)
        {
            throw new AgentException("CRT5606", ExitCodes.Usage, $"A latency of {emulation.Latency.TotalMilliseconds} ms with a jitter of {emulation.Jitter.TotalMilliseconds} ms makes no sense: the latency is above zero, and the jitter no longer.");
        }
    }

    protected override Discipline Shape(FaultRequest request, uint packetBytesMax) => Discipline.Netem(Of(request));

    protected override PacketFate Fate(FaultRequest request, int seed) => new Delaying(Of(request), seed);

    private static Emulation Of(FaultRequest request) => new()
    {
        Latency = TimeSpan.FromMilliseconds(request.Number("latency")),
        Jitter = TimeSpan.FromMilliseconds(request.Number("jitter")),
        DelayCorrelation = request.Share("correlation"),
    };
}
