using Crater.Targets;

namespace Crater.Runs;

public static class TargetDraw
{
    /// <summary>Chooses targets. The same seed and candidates always give the same choice; the journal records the seed and, since no seed repeats across runtimes, the choice.</summary>
    public static IReadOnlyList<Target> Choose(IReadOnlyCollection<Target> candidates, int count, int seed)
    {
        var ordered = candidates.OrderBy(target => target.Id.Value, StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(ordered);
        return ordered[..Math.Min(count, ordered.Length)];
    }

    /// <summary>How many of the matches the selector means: its share, rounded down but at least one, or its count.</summary>
    public static int Count(TargetSelector selector, int matches) =>
        selector.Share is { } share ? Math.Max(1, (int)Math.Floor((share.Value * matches) + 1e-9)) : selector.Count;
}
