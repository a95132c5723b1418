using System.Globalization;
using System.Net;

namespace Crater.Agent.Faults.Network;

/// <summary>Addresses that share a prefix, of IPv4 or IPv6.</summary>
internal sealed record AddressRange(byte[] Address, int Prefix)
{
    public bool IsFour => Address.Length == 4;

    /// <summary>The bits that count.</summary>
    public byte[] Mask => [.. Enumerable.Range(0, Address.Length).Select(octet => (byte)(0xFF00 >> Math.Clamp(Prefix - (octet * 8), 0, 8)))];

    /// <summary>The address with the other bits at zero.</summary>
    public byte[] First => [.. Address.Zip(Mask, (octet, mask) => (byte)(octet & mask))];

    /// <summary><c>10.0.0.0/8, ::1</c>; null when one of them is no address.</summary>
    public static IReadOnlyList<AddressRange>? ParseAll(string text)
    {
        List<AddressRange> ranges = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('/');
            if (ends.Length > 2 || !IPAddress.TryParse(ends[0], out var address) || address.ScopeId() != 0)
            {
                return null;
            }

            var octets = address.GetAddressBytes();
            var prefix = octets.Length * 8;
            if (ends.Length == 2 && (!int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > octets.Length * 8))
            {
                return null;
            }

            ranges.Add(new AddressRange(octets, prefix));
        }

        return ranges;
    }
}

file static class Addresses
{
    public static long ScopeId(this IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? address.ScopeId : 0;
}
