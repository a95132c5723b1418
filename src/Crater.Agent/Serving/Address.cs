using System.Net;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary>Where to listen beside the unix socket, and who is let in there. There is no way to be let in without having shown something.</summary>
/// <param name="Point">Null for the unix socket alone.</param>
/// <param name="Tls">Null for plain HTTP.</param>
internal sealed record Address(IPEndPoint? Point, TlsDoor? Tls, TokenFile? Token)
{
    public static IReadOnlyList<Option> Options { get; } =
        [new("listen"), new("token-file"), new("certificate"), new("key"), new("client-ca"), new("plain-http", IsFlag: true)];

    /// <exception cref="AgentException">CRT5657, CRT5663, CRT5665: it would be open to anybody, is not whole, or would send its token for all to read. CRT5658, CRT5661: a file cannot be used.</exception>
    public static Address Of(CommandLine line)
    {
        if (!line.Has("listen"))
        {
            return Options.FirstOrDefault(option => line.Has(option.Name)) is { } idle
                ? throw Usage("CRT5663", $"--{idle.Name} is for --listen, and that is missing. The unix socket needs none of it.")
                : new Address(null, null, null);
        }

        var point = IPEndPoint.TryParse(line["listen"], out var parsed) && line["listen"].Contains(':', StringComparison.Ordinal) ? parsed
            : throw Usage("CRT5663", $"'{line["listen"]}' is no --listen; write an address of this host and a port, such as 10.0.0.5:7430 or [::1]:7430.");
        if (!line.Has("token-file") && !line.Has("client-ca"))
        {
            throw Usage("CRT5657", $"Whoever reaches {point} could break this host. Add --token-file FILE, or --certificate, --key and --client-ca for clients with certificates, or leave --listen out.");
        }

        if (line.Has("certificate") != line.Has("key") || (line.Has("client-ca") && !line.Has("certificate")))
        {
            throw Usage("CRT5663", "--certificate and --key go together, and --client-ca needs both.");
        }

        if (!line.Has("certificate") && !IPAddress.IsLoopback(point.Address) && !line.Flag("plain-http"))
        {
            throw Usage("CRT5665", $"The token would cross the network to {point} for all to read. Add --certificate and --key, or --plain-http where something else protects that network.");
        }

        return new Address(point,
            line.Has("certificate") ? TlsDoor.Open(line["certificate"], line["key"], line["client-ca"]) : null,
            line.Has("token-file") ? TokenFile.Open(line["token-file"]) : null);
    }

    private static AgentException Usage(string code, string message) => new(code, ExitCodes.Usage, message);
}
