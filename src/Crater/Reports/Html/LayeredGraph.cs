namespace Crater.Reports.Html;

/// <summary>
/// Places the nodes of a directed graph in layers, callers left of what they call, few crossings: the longest path gives the layer, edges over
/// several layers get a bend in each, and a few sweeps put every node near the middle of its neighbours (Sugiyama's method).
/// </summary>
internal sealed class LayeredGraph
{
    private const int Sweeps = 12;

    private readonly Dictionary<string, int> _layer = [];
    private readonly List<List<string>> _layers = [];
    private readonly Dictionary<string, List<string>> _neighbours = [];

    public LayeredGraph(IReadOnlyCollection<string> nodes, IEnumerable<(string From, string To)> edges)
    {
        var known = nodes.ToHashSet();
        var usable = edges.Where(edge => edge.From != edge.To && known.Contains(edge.From) && known.Contains(edge.To)).Distinct().ToList();
        var forward = WithoutCycles(nodes, usable);
        foreach (var node in nodes.Order(StringComparer.Ordinal))
        {
            Place(node, forward.ToLookup(edge => edge.To, edge => edge.From));
        }

        Paths = [.. usable.Select(edge => (edge.From, edge.To, Bends(edge)))];
        Order();
    }

    /// <summary>Nodes and bends of each layer, top to bottom.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Layers => _layers;

    /// <summary>Every edge with the nodes and bends that it passes, in order from left to right or back.</summary>
    public IReadOnlyList<(string From, string To, IReadOnlyList<string> Through)> Paths { get; }

    // An edge that closes a cycle is left out of the layering only; it is drawn all the same.
    private static List<(string From, string To)> WithoutCycles(IEnumerable<string> nodes, List<(string From, string To)> edges)
    {
        var next = edges.ToLookup(edge => edge.From);
        var state = new Dictionary<string, int>();
        List<(string, string)> kept = [];
        var stack = new Stack<(string Node, IEnumerator<(string From, string To)> Edges)>();
        foreach (var root in nodes.Order(StringComparer.Ordinal).Where(node => !state.ContainsKey(node)))
        {
            state.TryAdd(root, 1);
            stack.Push((root, next[root].GetEnumerator()));
            while (stack.TryPeek(out var top))
            {
                if (!top.Edges.MoveNext())
                {
                    state[stack.Pop().Node] = 2;
                    continue;
                }

                var edge = top.Edges.Current;
                var to = state.GetValueOrDefault(edge.To);
                if (to != 1)
                {
                    kept.Add(edge);
                }

                if (to == 0)
                {
                    state[edge.To] = 1;
                    stack.Push((edge.To, next[edge.To].GetEnumerator()));
                }
            }
        }

        return kept;
    }

    private int Place(string node, ILookup<string, string> callers)
    {
        if (_layer.TryGetValue(node, out var known))
        {
            return known;
        }

        var layer = callers[node].Select(caller => Place(caller, callers) + 1).DefaultIfEmpty(0).Max();
        Put(node, layer);
        return layer;
    }

    private void Put(string node, int layer)
    {
        _layer[node] = layer;
        _neighbours[node] = [];
        while (_layers.Count <= layer)
        {
            _layers.Add([]);
        }

        _layers[layer].Add(node);
    }

    private List<string> Bends((string From, string To) edge)
    {
        int from = _layer[edge.From], to = _layer[edge.To], step = Math.Sign(to - from);
        List<string> through = [edge.From];
        for (var layer = from + step; step != 0 && layer != to; layer += step)
        {
            var bend = $"\u0001{edge.From}\u0001{edge.To}\u0001{layer}";
            Put(bend, layer);
            through.Add(bend);
        }

        through.Add(edge.To);
        for (var index = 1; index < through.Count; index++)
        {
            _neighbours[through[index - 1]].Add(through[index]);
            _neighbours[through[index]].Add(through[index - 1]);
        }

        return through;
    }

    private void Order()
    {
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var places = _layers.SelectMany(layer => layer.Select((node, at) => (node, Place: (at + 0.5) / layer.Count))).ToDictionary(pair => pair.node, pair => pair.Place);
            var layers = Enumerable.Range(0, _layers.Count);
            foreach (var index in sweep % 2 == 0 ? layers : layers.Reverse())
            {
                var side = sweep % 2 == 0 ? -1 : 1;
                var ordered = _layers[index].OrderBy(node => Middle(node, index + side, places)).ThenBy(node => places[node]).ToList();
                _layers[index] = ordered;
                for (var at = 0; at < ordered.Count; at++)
                {
                    places[ordered[at]] = (at + 0.5) / ordered.Count;
                }
            }
        }
    }

    private double Middle(string node, int layer, Dictionary<string, double> places) =>
        _neighbours[node].Where(neighbour => _layer[neighbour] == layer).Select(neighbour => places[neighbour]).DefaultIfEmpty(places[node]).Average();
}
