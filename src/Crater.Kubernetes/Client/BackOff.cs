using System.Security.Cryptography;

namespace Crater.Kubernetes.Client;

/// <summary>Waits that double up to a limit, each longer by up to as much again, so that many clients of a server that comes back do not ask at one moment.</summary>
internal sealed class BackOff(TimeSpan first, TimeSpan max)
{
    private int _failures;

    /// <summary>Nothing has failed since the last success.</summary>
    public bool IsFresh => _failures == 0;

    public TimeSpan Next()
    {
        var wait = Of(first, _failures);
        _failures++;
        return Jittered(wait < max ? wait : max);
    }

    public void Reset() => _failures = 0;

    /// <summary>Between the time itself and twice it. Chance that differs between machines is the point, so it has no seed.</summary>
    public static TimeSpan Jittered(TimeSpan wait) => wait + (wait * (RandomNumberGenerator.GetInt32(1000) / 1000d));

    public static TimeSpan Of(TimeSpan first, int failures) => first * Math.Pow(2, Math.Min(failures, 20));
}
