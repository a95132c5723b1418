using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>One claim as it stands in a namespace's list of claims: an annotation, named after the target's hash, since a target's name may be longer than a key may be.</summary>
/// <param name="Until">By the server's clock.</param>
/// <param name="VouchedBy">Whose Lease vouches for it until then (<see cref="Voucher"/>); empty for nobody's.</param>
internal sealed record ClaimEntry(Claim Claim, DateTimeOffset Until, string VouchedBy)
{
    private const string Prefix = "claim.crater.dev/";

    public string Text => new JsonArray(Claim.Run.Value, Claim.Target.Value, Claim.Component, Until.ToUnixTimeSeconds(), VouchedBy).ToJsonString();

    public static string KeyOf(TargetId target) => Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target.Value)))[..16];

    /// <summary>Whether it ran out by itself.</summary>
    public bool HasExpired(DateTimeOffset now) => now > Until + Leases.ClockGrain;

    /// <summary>All of a list, by key; null for what is there and cannot be read.</summary>
    public static IReadOnlyDictionary<string, ClaimEntry?> AllOf(JsonObject? list) =>
        list.Map("metadata", "annotations").Where(one => one.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(one => one.Key, one => Parse(one.Value), StringComparer.Ordinal);

    private static ClaimEntry? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonArray { Count: 5 } parts && parts[3].Integer() is not null && long.TryParse(parts[3].Text(), out var until)
                ? new ClaimEntry(new Claim(new TargetId(parts[1].Text()), parts[2].Text(), new RunId(parts[0].Text())), DateTimeOffset.FromUnixTimeSeconds(until), parts[4].Text())
                : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
