namespace Crater.Agent.Faults.Network;

/// <summary>Numbers by chance, each of which resembles the one before as much as was asked for: what netem calls a correlation, by the same rule.</summary>
/// <param name="correlation">From 0 (none) to 1.</param>
internal sealed class CorrelatedDice(int seed, double correlation)
{
    private readonly Random _dice = new(seed);
    private double _last;

    /// <summary>From 0 up to 1.</summary>
    public double Next() => _last = (_dice.NextDouble() * (1 - correlation)) + (_last * correlation);
}
