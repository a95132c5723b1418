using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Crater.Lab.Api.Access;

/// <summary>The tokens that were given out for service accounts; they end by time, and with the lab.</summary>
internal sealed class AccountTokens(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, (string Account, DateTimeOffset End)> _given = new();

    public (string Token, DateTimeOffset End) Give(string space, string account, TimeSpan life)
    {
        var (token, end) = ($"lab-{RandomNumberGenerator.GetHexString(48, lowercase: true)}", clock.GetUtcNow() + life);
        _given[token] = ($"system:serviceaccount:{space}:{account}", end);
        return (token, end);
    }

    /// <returns>Null when it was not given out here, or has ended.</returns>
    public string? AccountOf(string token) => _given.TryGetValue(token, out var known) && known.End > clock.GetUtcNow() ? known.Account : null;
}
