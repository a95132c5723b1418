namespace Crater.Agent.Faults.Http;

/// <summary>Holds requests back for a while.</summary>
internal sealed class HttpDelay : HttpFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "http-delay",
        Family = "http",
        Summary = "Answers requests later: each is held back before the server sees it.",
        Mechanism = By,
        Ending = Ends,
        Cannot = Limits + " In HTTP/1 the requests behind it on the same connection wait with it; in HTTP/2 the others go on, until 1 MiB of bodies is held.",
        Parameters =
        [
            new("delay", ParameterType.Duration, "How much later the server sees the request.") { IsRequired = true, Aliases = ["latency"] },
            new("jitter", ParameterType.Duration, "How much that varies to both sides, evenly.") { Default = "0" },
            .. Selection,
        ],
        Aliases = ["http-latency"],
    };

    protected override HttpRule Shape(HttpRule common, FaultRequest request)
    {
        var (delay, jitter) = (request.Number("delay"), request.Number("jitter"));
        return delay > 0 && jitter <= delay
            ? common with { Act = HttpAct.Delay, Delay = TimeSpan.FromMilliseconds(delay), Jitter = TimeSpan.FromMilliseconds(jitter) }
            : throw new AgentException("CRT5633", ExitCodes.Usage, $"A delay of {delay} ms with a jitter of {jitter} ms makes no sense: the delay is above zero, and the jitter no longer.");
    }
}
