using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of name resolution on a host or in a container on it, done by its craterd.</summary>
internal static class HostDnsFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } = [Override(), Fail()];

    private static FaultDefinition Names(string name, string summary, IReadOnlyList<FaultParameter> own, string options) => new()
    {
        Name = name,
        Family = "network",
        Summary = summary,
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Host, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = "A queue to craterd's keeper for packets to port 53: a question that is hit is dropped and answered in the server's name, all others go on untouched. Over TCP it is lost; questions that are encrypted, names in /etc/hosts and answers that a cache still has are not seen.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "Whether the injection has a table of packet rules in the network namespace.",
        ResidueCheck = "There is no table of the injection's.",
        Parameters =
        [
            .. own,
            HostNetworkFaults.Text("dst-ip", "Only questions to these name servers, parted by commas."),
            HostNetworkFaults.Namespace,
        ],
        ByHand = $"ssh {{host}} craterd inject {name} --container={{container}} --domain {{domain}} {options} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultParameter Domain() => HostNetworkFaults.Text("domain", "Names that are hit, parted by commas: example.com, *.example.com for all below it, * for all.") with { Aliases = ["domains", "names"] };

    private static FaultDefinition Override() => Names("dns-override", "Answers questions for names with other addresses.",
        [
            Domain() with { Required = true },
            HostNetworkFaults.Text("ip", "The addresses that are answered, of IPv4 or IPv6, parted by commas; a question for the other kind is told that there are none.") with { Required = true },
        ],
        "--ip {ip}") with
    {
        Aliases = ["dns-record", "dns-redirect"],
    };

    private static FaultDefinition Fail() => Names("dns-fail", "Lets questions for names fail.",
        [
            Domain() with { Default = "*" },
            new() { Name = "answer", Type = ParameterType.Choice, Summary = "A failure of the server, a name that does not exist, a refusal, or no answer at all.", Choices = ["servfail", "nxdomain", "refused", "timeout"], Default = "servfail" },
        ],
        "--answer {answer}") with
    {
        Aliases = ["dns-error"],
    };
}
