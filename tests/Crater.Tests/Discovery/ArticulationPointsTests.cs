using Crater.Discovery;
using Xunit;

namespace Crater.Tests.Discovery;

public sealed class ArticulationPointsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_pass_finds_what_looking_without_each_component_in_turn_finds(int rootsGiven)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var names = Enumerable.Range(0, 2 + random.Next(12)).Select(i => $"c{i:00}").ToList();
            var edges = Enumerable.Range(0, random.Next(3 * names.Count)).Select(_ => (names[random.Next(names.Count)], names[random.Next(names.Count)])).ToList();
            var components = names.Select(name => Some.Component(name) with { IsEntryPoint = rootsGiven > 0 && random.Next(4) == 0 }).ToList();
            var graph = new DependencyGraph(components, [.. edges.Select(edge => Some.Edge(edge.Item1, edge.Item2))]);
            Assert.True(OneByOne(graph).SequenceEqual(ArticulationPoints.Find(graph)), $"seed {seed}");
        }
    }

    private static IEnumerable<KeyValuePair<string, int>> OneByOne(DependencyGraph graph)
    {
        var whole = Reached(graph, without: "").Count;
        return graph.Ids.Select(id => KeyValuePair.Create(id, whole - Reached(graph, id).Count - 1)).Where(found => found.Value > 0);
    }

    private static HashSet<string> Reached(DependencyGraph graph, string without)
    {
        var seen = graph.Roots.Where(id => id != without).ToHashSet();
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var one))
        {
            foreach (var called in graph.DependenciesOf(one).Where(called => called != without && seen.Add(called)))
            {
                open.Enqueue(called);
            }
        }

        return seen;
    }
}
