namespace Shop.Calls;

/// <summary>Lets retries be at most a share of the calls, so that a failing service is not called more often because it fails.</summary>
internal sealed class RetryBudget
{
    /// <summary>Each call earns a fifth of a retry; ten may be saved for a burst. The share that Finagle and Envoy start from.</summary>
    private const double EarnedPerCall = 0.2;

    private const double SavedMax = 10;

    private readonly Lock _gate = new();
    private double _saved = SavedMax;

    public void Earn()
    {
        lock (_gate)
        {
            _saved = Math.Min(SavedMax, _saved + EarnedPerCall);
        }
    }

    public bool TrySpend()
    {
        lock (_gate)
        {
            if (_saved < 1)
            {
                return false;
            }

            _saved--;
            return true;
        }
    }
}
