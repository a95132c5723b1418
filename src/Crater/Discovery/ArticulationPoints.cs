namespace Crater.Discovery;

/// <summary>Components whose loss cuts others off from the entry points: every path to somebody leads through them.</summary>
/// <remarks>
/// That is what a dominator is, so one pass finds all of them (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", 2001): looking
/// at the graph without each component in turn takes the square of its size.
/// </remarks>
public static class ArticulationPoints
{
    /// <summary>Stands for "outside", which calls all roots.</summary>
    private const int Outside = 0;

    /// <summary>For each articulation point, how many others its loss cuts off. Edges have a direction: who calls does not carry who is called.</summary>
    public static IReadOnlyDictionary<string, int> Find(DependencyGraph graph)
    {
        var order = CallersFirst(graph);
        var number = order.Select((id, i) => (id, i)).ToDictionary(pair => pair.id, pair => pair.i + 1, StringComparer.Ordinal);
        var through = Through(graph, order, number);
        var below = new int[order.Count + 1];
        for (var i = order.Count; i > 0; i--)
        {
            below[through[i]] += below[i] + 1;
        }

        return graph.Ids.Where(id => number.TryGetValue(id, out var i) && below[i] > 0).ToDictionary(id => id, id => below[number[id]]);
    }

    /// <summary>For each component by its number the last one that every path from outside to it leads through; <see cref="Outside"/> where there is none.</summary>
    private static int[] Through(DependencyGraph graph, List<string> order, Dictionary<string, int> number)
    {
        var roots = graph.Roots.ToHashSet();
        var callers = order.Select(id => graph.DependentsOf(id).Where(number.ContainsKey).Select(caller => number[caller])
            .Concat(roots.Contains(id) ? [Outside] : Array.Empty<int>()).ToArray()).ToList();
        var through = new int[order.Count + 1];
        Array.Fill(through, -1);
        through[Outside] = Outside;
        for (var isChanging = true; isChanging;)
        {
            isChanging = false;
            for (var i = 1; i < through.Length; i++)
            {
                var common = callers[i - 1].Where(caller => through[caller] >= 0).Aggregate((one, other) => Common(through, one, other));
                isChanging |= common != through[i];
                through[i] = common;
            }
        }

        return through;
    }

    private static int Common(int[] through, int one, int other)
    {
        while (one != other)
        {
            (one, other) = one > other ? (through[one], other) : (one, through[other]);
        }

        return one;
    }

    /// <summary>Everything that can be reached from the roots, each before what it calls as far as circles allow (reverse postorder).</summary>
    private static List<string> CallersFirst(DependencyGraph graph)
    {
        var (seen, left) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var root in graph.Roots.Where(seen.Add))
        {
            var open = new Stack<(string Id, IEnumerator<string> Called)>([(root, graph.DependenciesOf(root).GetEnumerator())]);
            while (open.TryPeek(out var top))
            {
                if (!top.Called.MoveNext())
                {
                    left.Add(open.Pop().Id);
                }
                else if (seen.Add(top.Called.Current))
                {
                    open.Push((top.Called.Current, graph.DependenciesOf(top.Called.Current).GetEnumerator()));
                }
            }
        }

        left.Reverse();
        return left;
    }
}
