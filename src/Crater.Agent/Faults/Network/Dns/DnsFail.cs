using System.Net;

namespace Crater.Agent.Faults.Network.Dns;

/// <summary>Lets names not be found.</summary>
internal sealed class DnsFail : DnsFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "dns-fail",
        Family = "network",
        Summary = "Lets questions for names fail, on a host or in a network namespace.",
        Mechanism = How,
        Ending = Ends,
        Cannot = Not,
        Parameters =
        [
            .. Parameters("*"),
            new("answer", ParameterType.Choice, "A failure of the server, a name that does not exist, a refusal, or no answer at all.") { Choices = ["servfail", "nxdomain", "refused", "timeout"], Default = "servfail" },
        ],
        Aliases = ["dns-error"],
    };

    protected override (int Code, IReadOnlyList<IPAddress> Addresses)? Answer(FaultRequest request) =>
        request.Text("answer") switch { "servfail" => (2, []), "nxdomain" => (3, []), "refused" => (5, []), _ => null };
}
