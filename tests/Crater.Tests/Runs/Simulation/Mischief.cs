namespace Crater.Tests.Runs.Simulation;

/// <summary>Decides, from one seed, which things go wrong. Used only by simulated worlds, never by product code.</summary>
public sealed class Mischief(int seed)
{
    private readonly Dictionary<string, (bool Active, Random Dice)> _sites = [];

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>Sites that exist in this seed, for invariants that hold only where nothing else went wrong.</summary>
    public bool IsActive(string site) => !IsOver && Site(site).Active;

    /// <summary>
    /// Whether trouble strikes at the site now. A site is active in three of twenty seeds and then strikes with the given chance, so worlds
    /// differ in kind and still get somewhere. Each site has dice of its own: adding a site leaves the history of every other one as it was.
    /// </summary>
    public bool Strikes(string site, double chance = 0.25)
    {
        var (active, dice) = Site(site);
        return active && dice.NextDouble() < chance && !IsOver;
    }

    /// <summary>The dice of one site, for how much and how long.</summary>
    public Random Dice(string site) => Site(site).Dice;

    private (bool Active, Random Dice) Site(string site)
    {
        if (!_sites.TryGetValue(site, out var state))
        {
            var dice = new Random(unchecked(seed * 486_187_739) ^ Hash(site));
            _sites[site] = state = (dice.NextDouble() < 0.15, dice);
        }

        return state;
    }

    // The same in every process, unlike string.GetHashCode.
    private static int Hash(string text) => text.Aggregate(unchecked((int)2166136261), (hash, letter) => unchecked((hash ^ letter) * 16777619));
}
