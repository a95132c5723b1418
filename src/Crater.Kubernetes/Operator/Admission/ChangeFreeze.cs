using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;

namespace Crater.Kubernetes.Operator.Admission;

/// <summary>
/// Times in which nothing is begun, from the ConfigMap <c>crater-change-freeze</c> in the operator's namespace: each entry is <c>FROM/UNTIL</c> in ISO 8601, or
/// <c>always</c>. An entry that cannot be read freezes, since what it was to say is not known.
/// </summary>
internal sealed class ChangeFreeze(KubernetesClient client, string home)
{
    public const string MapName = "crater-change-freeze";

    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private readonly SharedLooks<string, JsonObject?> _looks = new(GoodFor);

    /// <returns>CRT8408, or null when nothing is frozen now.</returns>
    public async Task<Problem?> FindAsync(CancellationToken stop)
    {
        var map = await _looks.GetAsync("", () => client.FindAsync(Resource.ConfigMaps, home, MapName, CancellationToken.None), stop);
        return map is null ? null : Of(map.Map("data"), await client.ServerNowAsync(stop));
    }

    internal static Problem? Of(IReadOnlyDictionary<string, string> entries, DateTimeOffset now)
    {
        foreach (var (name, text) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var parts = text.Trim().Split('/');
            if (text.Trim() == "always")
            {
                return Frozen(name, "until it is taken out");
            }

            if (parts.Length != 2 || Moment(parts[0]) is not { } from || Moment(parts[1]) is not { } until)
            {
                return Frozen(name, $"since '{text.Trim()}' cannot be read; write FROM/UNTIL, for example 2026-12-20T00:00:00Z/2027-01-03T00:00:00Z, or always");
            }

            if (from <= now && now < until)
            {
                return Frozen(name, $"until {until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
            }
        }

        return null;
    }

    private static Problem Frozen(string name, string how) =>
        new("", "CRT8408", $"The change freeze '{name}' (ConfigMap {MapName}) is on {how}. Nothing is begun while it is.");

    private static DateTimeOffset? Moment(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}
