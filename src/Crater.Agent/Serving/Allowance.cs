namespace Crater.Agent.Serving;

/// <summary>So many a second, and a burst of some more: a bucket that fills while nobody takes.</summary>
internal sealed class Allowance(double perSecond, double atOnce)
{
    private readonly Lock _turn = new();
    private double _taken;
    private long _at = TimeProvider.System.GetTimestamp();

    /// <summary>False when there is none left.</summary>
    public bool Take()
    {
        lock (_turn)
        {
            var now = TimeProvider.System.GetTimestamp();
            _taken = Math.Max(0, _taken - (TimeProvider.System.GetElapsedTime(_at, now).TotalSeconds * perSecond));
            _at = now;
            if (_taken + 1 > atOnce)
            {
                return false;
            }

            _taken++;
            return true;
        }
    }
}
