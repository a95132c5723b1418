namespace Crater.Discovery;

/// <summary>Components whose loss cuts others off from the entry points: every path to somebody leads through them.</summary>
public static class ArticulationPoints
{
    /// <summary>For each articulation point, how many others its loss cuts off. Edges have a direction: who calls does not carry who is called.</summary>
    public static IReadOnlyDictionary<string, int> Find(DependencyGraph graph)
    {
        var whole = graph.ReachableWithout(null).Count;
        return whole == 0
            ? new Dictionary<string, int>()
            : graph.Ids.Select(id => (Id: id, Cut: whole - graph.ReachableWithout(id).Count - 1))
                .Where(found => found.Cut > 0)
                .ToDictionary(found => found.Id, found => found.Cut);
    }
}
