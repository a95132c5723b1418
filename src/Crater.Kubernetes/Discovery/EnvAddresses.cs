using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Discovery;

namespace Crater.Kubernetes.Discovery;

/// <summary>
/// Finds host and port in the value of an environment variable. Values can hold passwords, so nothing leaves but a host that is the exact
/// name of a service that exists, or the host of a plain http(s) address, with its port.
/// </summary>
internal static partial class EnvAddresses
{
    /// <summary>Longer values are no addresses; reading them would only cost time.</summary>
    private const int LengthMax = 4096;

    /// <summary>A bare word (no dot, no port) is an address only when the variable's name says that it is one.</summary>
    private static readonly string[] AddressWords = ["HOST", "HOSTNAME", "HOSTS", "ADDR", "ADDRESS", "URL", "URI", "ENDPOINT", "SERVER", "SERVERS", "BROKERS"];

    /// <returns><c>host:port</c>, or <c>host</c> where no port is given.</returns>
    public static IEnumerable<string> Find(string variable, string value, string space, ServiceNames names)
    {
        if (value.Length is 0 or > LengthMax)
        {
            return [];
        }

        var fromVariables = ServiceVariable().Matches(value)
            .Select(match => names.ResolveVariable(match.Groups[1].Value, space))
            .OfType<ServiceEndpoint>()
            .Select(service => Named(service.Name, PortOf(service)));
        var fromNames = HostAndPort().Matches(value)
            .Where(match => match.Groups["port"].Success || match.Groups["before"].Success || match.Groups["host"].Value.Contains('.', StringComparison.Ordinal) || SaysAddress(variable))
            .Where(match => names.Resolve(match.Groups["host"].Value, space) is not null)
            .Select(match => Named(match.Groups["host"].Value, match.Groups["port"].Value));
        return fromVariables.Concat(fromNames).Concat(External(value)).Distinct();
    }

    /// <summary>An address outside the cluster: only where nothing else than an address can stand in the value.</summary>
    private static IEnumerable<string> External(string value) =>
        !value.Contains('@', StringComparison.Ordinal) && PlainAddress().Match(value) is { Success: true } match
            ? [Named(match.Groups["host"].Value, match.Groups["port"].Value)]
            : [];

    private static string PortOf(ServiceEndpoint service) =>
        service.Ports.Count > 0 ? service.Ports[0].Port.ToString(CultureInfo.InvariantCulture) : "";

    private static string Named(string host, string port) => port.Length > 0 ? $"{host}:{port}" : host;

    private static bool SaysAddress(string variable) =>
        variable.ToUpperInvariant().Split('_', '.', '-').Any(word => AddressWords.Contains(word));

    [GeneratedRegex(@"\$\(([A-Z0-9_]+_SERVICE_HOST)\)")]
    private static partial Regex ServiceVariable();

    /// <summary>A DNS name that stands alone: at the start, or after something that ends a scheme, a user part or a list's item.</summary>
    [GeneratedRegex(@"(?:^|(?<before>//|@|\(|[,;]\s*))(?<host>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)(?::(?<port>\d{1,5}))?(?=$|[/,;?)\s])", RegexOptions.IgnoreCase)]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"^https?://(?<host>[a-z0-9][-a-z0-9]*(?:\.[-a-z0-9]+)+)(?::(?<port>\d{1,5}))?(?=$|[/?])", RegexOptions.IgnoreCase)]
    private static partial Regex PlainAddress();
}
