using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Crater.Lab.Network;

/// <summary>All edges of the lab and all rules that act on them.</summary>
internal sealed class Edges(TimeProvider clock, Random dice)
{
    private readonly ConcurrentDictionary<(string Source, string Target), Edge> _edges = new();
    private readonly ConcurrentDictionary<(string From, string To), EdgeCount> _counts = new();
    private readonly Lock _gate = new();
    private ImmutableArray<NetworkRule> _network = [];
    private ImmutableArray<HttpRule> _http = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeProvider Clock => clock;

    public IEnumerable<EdgeCount> Counts => _counts.Values;

    /// <summary>Ends when any rule comes or goes.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>A number from 0 to below 1.</summary>
    public double Draw()
    {
        lock (dice)
        {
            return dice.NextDouble();
        }
    }

    public Edge Between(Peer source, Peer target)
    {
        if (_edges.TryGetValue((source.Uid, target.Uid), out var known))
        {
            return known;
        }

        lock (_gate)
        {
            var count = _counts.GetOrAdd((source.Component, target.Component), key => new EdgeCount(key.From, key.To, clock));
            return _edges.GetOrAdd((source.Uid, target.Uid), _ => new Edge(source, target, count) { Rules = RulesOf(source, target) });
        }
    }

    /// <summary>Forgets the edges of a pod that is gone; what was seen on them stays.</summary>
    public void Forget(string uid) => Change(() =>
    {
        foreach (var key in _edges.Keys.Where(key => key.Source == uid || key.Target == uid))
        {
            if (_edges.TryRemove(key, out var edge))
            {
                // Connections that are still open hold the edge: nothing may wait for a rule that nobody will ever take away from it.
                edge.Rules = EdgeRules.None;
            }
        }
    });

    public void Add(NetworkRule rule) => Change(() => _network = _network.Add(rule));

    public void Add(HttpRule rule) => Change(() => _http = _http.Add(rule));

    /// <summary>Takes every rule of one injection away; waiting bytes flow at once.</summary>
    public void Remove(string id) => Change(() =>
    {
        _network = _network.RemoveAll(rule => rule.Id == id);
        _http = _http.RemoveAll(rule => rule.Id == id);
    });

    public bool Has(string id) => _network.Any(rule => rule.Id == id) || _http.Any(rule => rule.Id == id);

    /// <summary>The injections whose rules act on a pod, in the order in which they came.</summary>
    public IReadOnlyList<string> On(string uid) =>
        [.. _network.Where(rule => rule.PodUid == uid).Select(rule => rule.Id), .. _http.Where(rule => rule.PodUid == uid).Select(rule => rule.Id)];

    private void Change(Action change)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            change();
            foreach (var edge in _edges.Values)
            {
                edge.Rules = RulesOf(edge.Source, edge.Target);
            }

            (told, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
    }

    private EdgeRules RulesOf(Peer source, Peer target)
    {
        var rules = new EdgeRules(
            [.. _network.Where(rule => rule.ActsOn(source, target))],
            [.. _network.Where(rule => rule.ActsOn(target, source))],
            [.. _http.Where(rule => rule.PodUid == target.Uid)]);
        return rules is { HasNetwork: false, Http: [] } ? EdgeRules.None : rules;
    }
}
