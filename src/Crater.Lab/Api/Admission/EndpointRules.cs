using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What addresses of a service, in either form, must and must not be.</summary>
internal static class EndpointRules
{
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];
    private static readonly string[] AddressTypes = ["FQDN", "IPv4", "IPv6"];

    public static void Check(JsonObject endpoints, FieldErrors errors)
    {
        foreach (var (index, subset) in endpoints.Each("subsets").Index())
        {
            var at = $"subsets[{index}]";
            if (!subset.Each("addresses").Any() && !subset.Each("notReadyAddresses").Any())
            {
                errors.Required(at, "must specify `addresses` or `notReadyAddresses`");
            }

            foreach (var list in (string[])["addresses", "notReadyAddresses"])
            {
                foreach (var (i, address) in subset.Each(list).Index())
                {
                    Address($"{at}.{list}[{i}]", address, errors);
                }
            }

            var ports = subset.Each("ports").ToList();
            foreach (var (i, port) in ports.Index())
            {
                Port($"{at}.ports[{i}]", port, isNamed: ports.Count > 1, errors);
            }
        }
    }

    public static void CheckSlice(JsonObject slice, FieldErrors errors)
    {
        var type = slice.Text("addressType");
        if (type.Length == 0)
        {
            errors.Required("addressType");
        }

        PodRules.OneOf("addressType", type, AddressTypes, errors);
        HashSet<string> names = [];
        foreach (var (index, port) in slice.Each("ports").Index())
        {
            if (port.Text("name") is { Length: > 0 } name)
            {
                Names.CheckContainerName($"ports[{index}].name", name, errors);
            }

            if (!names.Add(port.Text("name")))
            {
                errors.Duplicate($"ports[{index}].name", port.Text("name"));
            }

            PodRules.OneOf($"ports[{index}].protocol", port.Text("protocol"), Protocols, errors);
        }

        foreach (var (index, endpoint) in slice.Each("endpoints").Index())
        {
            Endpoint($"endpoints[{index}]", type, endpoint, errors);
        }
    }

    private static void Endpoint(string at, string type, JsonObject endpoint, FieldErrors errors)
    {
        var addresses = endpoint.Texts("addresses").ToList();
        if (addresses.Count == 0)
        {
            errors.Required($"{at}.addresses", "must contain at least 1 address");
        }

        foreach (var (i, address) in addresses.Index().Where(_ => type is "IPv4" or "IPv6"))
        {
            if (!AddressRules.IsAddress(address))
            {
                errors.Invalid($"{at}.addresses[{i}]", address, AddressRules.NoAddress);
                continue;
            }

            if (IPAddress.Parse(address).AddressFamily == AddressFamily.InterNetworkV6 != (type == "IPv6"))
            {
                errors.Invalid($"{at}.addresses", address, $"must be an {type} address");
            }

            Reachable($"{at}.addresses[{i}]", address, errors);
        }

        if (endpoint.Text("hostname") is { Length: > 0 } host)
        {
            Names.CheckContainerName($"{at}.hostname", host, errors);
        }
    }

    private static void Address(string at, JsonObject address, FieldErrors errors)
    {
        var text = address.Text("ip");
        AddressRules.CheckAddress($"{at}.ip", text, errors);
        if (address.Text("hostname") is { Length: > 0 } host)
        {
            Names.CheckContainerName($"{at}.hostname", host, errors);
        }

        if (AddressRules.IsAddress(text))
        {
            Reachable($"{at}.ip", text, errors);
        }
        else
        {
            // The real server looks twice, and says so twice.
            errors.Invalid($"{at}.ip", text, "must be a valid IP address");
        }
    }

    /// <summary>A real server refuses loopback addresses too; here they are the pods' own.</summary>
    private static void Reachable(string field, string text, FieldErrors errors)
    {
        var address = IPAddress.Parse(text);
        var bytes = address.GetAddressBytes();
        var isOld = address.AddressFamily == AddressFamily.InterNetwork;
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            errors.Invalid(field, text, $"may not be unspecified ({text})");
        }
        else if (isOld ? bytes is [169, 254, ..] : address.IsIPv6LinkLocal)
        {
            errors.Invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        }
        else if (isOld ? bytes is [224, 0, 0, _] : bytes is [0xff, 0x02, ..])
        {
            errors.Invalid(field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
        }
    }

    private static void Port(string at, JsonObject port, bool isNamed, FieldErrors errors)
    {
        if (port.Text("name") is { Length: > 0 } name)
        {
            Names.CheckContainerName($"{at}.name", name, errors);
        }
        else if (isNamed)
        {
            errors.Required($"{at}.name");
        }

        if (port.Number("port") is not (>= 1 and <= 65535))
        {
            errors.Invalid($"{at}.port", port.Number("port") ?? 0, AddressRules.PortRange);
        }

        PodRules.OneOf($"{at}.protocol", port.Text("protocol"), Protocols, errors);
    }
}
