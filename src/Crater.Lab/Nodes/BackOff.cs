namespace Crater.Lab.Nodes;

/// <summary>How long a container waits before its next start: nothing, then the base, doubled each time up to thirty times the base.</summary>
/// <remarks>The kubelet's own figures are 10 s and 300 s, and it forgets after twice the longest wait of undisturbed running.</remarks>
internal sealed class BackOff(TimeSpan first)
{
    public static readonly TimeSpan FirstByDefault = TimeSpan.FromSeconds(10);

    private const int LongestFactor = 30;

    private int _failures;

    /// <summary>The wait before the next attempt; each call counts one failure.</summary>
    public TimeSpan Next()
    {
        var wait = _failures == 0 ? TimeSpan.Zero : first * Math.Min(LongestFactor, Math.Pow(2, _failures - 1));
        _failures++;
        return wait;
    }

    /// <summary>Counts as a failure already had, so that the first wait is the base: the form that image pulls use.</summary>
    public void StartAtBase() => _failures = Math.Max(_failures, 1);

    public void Forget() => _failures = 0;

    /// <summary>Forgets when the container ran long enough before it ended.</summary>
    public void RanFor(TimeSpan time)
    {
        if (time >= first * LongestFactor * 2)
        {
            Forget();
        }
    }
}
