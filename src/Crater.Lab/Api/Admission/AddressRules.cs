using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What addresses, ranges of them, and ports must and must not be.</summary>
internal static class AddressRules
{
    public const string NoAddress = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    public const string PortRange = "must be between 1 and 65535, inclusive";

    public static void CheckAddress(string field, string address, FieldErrors errors)
    {
        if (!IsAddress(address))
        {
            errors.Invalid(field, address, NoAddress);
        }
    }

    public static void CheckRange(string field, string range, FieldErrors errors)
    {
        if (!IsRange(range))
        {
            errors.Invalid(field, range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

    /// <summary>Whether the second range lies within the first and is smaller.</summary>
    public static bool Holds(string range, string part) =>
        IPNetwork.TryParse(range, out var whole) && IPNetwork.TryParse(part, out var inner)
        && inner.PrefixLength > whole.PrefixLength && whole.Contains(inner.BaseAddress);

    /// <summary>A number in the range of ports, or the name of a port.</summary>
    public static void CheckPort(string field, JsonValue port, FieldErrors errors)
    {
        if (port.GetValueKind() == JsonValueKind.Number)
        {
            if (port.Number() is not (>= 1 and <= 65535))
            {
                errors.Invalid(field, port, PortRange);
            }

            return;
        }

        var name = port.Text();
        if (name.Length > 15)
        {
            errors.Invalid(field, name, "must be no more than 15 characters");
        }

        if (name.Any(letter => !char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter != '-'))
        {
            errors.Invalid(field, name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }

        if (!name.Any(char.IsAsciiLetterLower))
        {
            errors.Invalid(field, name, "must contain at least one letter (a-z)");
        }
    }

    public static bool IsAddress(string text) => IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 || text.Count(letter => letter == '.') == 3);

    private static bool IsRange(string text) => IsAddress(text.Split('/')[0]) && IPNetwork.TryParse(text, out _);
}
