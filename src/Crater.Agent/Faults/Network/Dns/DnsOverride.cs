using System.Net;

namespace Crater.Agent.Faults.Network.Dns;

/// <summary>Lets names mean other addresses.</summary>
internal sealed class DnsOverride : DnsFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "dns-override",
        Family = "network",
        Summary = "Answers questions for names with other addresses, on a host or in a network namespace.",
        Mechanism = How,
        Ending = Ends,
        Cannot = Not,
        Parameters =
        [
            .. Parameters(""),
            new("ip", ParameterType.Text, "The addresses that are answered, of IPv4 or IPv6, parted by commas; a question for the other kind is told that there are none.") { Short = 'i', IsRequired = true },
        ],
        Aliases = ["dns-record", "dns-redirect"],
    };

    protected override (int Code, IReadOnlyList<IPAddress> Addresses)? Answer(FaultRequest request) =>
        AddressRange.ParseAll(request.Text("ip")) is { Count: > 0 and <= 8 } ranges && ranges.All(range => range.Prefix == range.Address.Length * 8)
            ? (0, [.. ranges.Select(range => new IPAddress(range.Address))])
            : throw new AgentException("CRT5681", ExitCodes.Usage, $"'{request.Text("ip")}' is no value of --ip; write one to eight addresses such as 10.0.0.1,fd00::1.");
}
