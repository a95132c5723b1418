namespace Crater.Agent.Faults.Http;

/// <summary>Cuts requests off.</summary>
internal sealed class HttpAbort : HttpFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "http-abort",
        Family = "http",
        Summary = "Cuts requests off without an answer, by a reset of their connection, in HTTP/2 of their stream. The server does not see them.",
        Mechanism = By,
        Ending = Ends,
        Cannot = Limits + " Answers to earlier requests on the same connection still arrive.",
        Parameters = [.. Selection],
        Aliases = ["http-reset"],
    };

    protected override HttpRule Shape(HttpRule common, FaultRequest request) => common with { Act = HttpAct.Abort };
}
