using Crater.Discovery;
using Crater.Targets;

namespace Crater.Reports.Causes;

/// <summary>How the fault could spread: what was hit, and who depends on it, step by step towards the users.</summary>
internal sealed class Spread
{
    private readonly Dictionary<string, (int Steps, string Through)> _reach = new(StringComparer.Ordinal);

    private Spread(IReadOnlyList<string> hit) => Hit = hit;

    /// <summary>Ids of the components that the fault was on; of a node, those with a pod there.</summary>
    public IReadOnlyList<string> Hit { get; }

    /// <summary>The hit and everyone who depends on them, nearest first.</summary>
    public IEnumerable<string> Components => _reach.OrderBy(pair => pair.Value.Steps).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key);

    /// <summary>Null when the component does not depend on what was hit.</summary>
    public int? Steps(string component) => _reach.TryGetValue(component, out var at) ? at.Steps : null;

    /// <summary>What the component calls on the way to what was hit; empty for the hit themselves.</summary>
    public string Through(string component) => _reach.GetValueOrDefault(component).Through ?? "";

    public static Spread From(ReportFacts facts)
    {
        var topology = facts.Evidence.Topology;
        var hit = facts.Stories.Where(story => story.Injected is not null).SelectMany(story => HitBy(story.Injection.Target, topology)).Distinct().ToList();
        var spread = new Spread(hit);
        var callers = (topology?.Dependencies ?? []).ToLookup(edge => edge.To, edge => edge.From);
        var next = new Queue<string>(hit);
        foreach (var id in hit)
        {
            spread._reach[id] = (0, "");
        }

        while (next.TryDequeue(out var id))
        {
            foreach (var caller in callers[id].Order(StringComparer.Ordinal).Where(caller => spread._reach.TryAdd(caller, (spread._reach[id].Steps + 1, id))))
            {
                next.Enqueue(caller);
            }
        }

        return spread;
    }

    private static IEnumerable<string> HitBy(Target target, Topology? topology) => target.Component.Length > 0 ? [target.Component]
        : target.Kind == TargetKind.Node ? (topology?.Components ?? []).Where(component => component.Pods.Any(pod => pod.Node == target.Name)).Select(component => component.Id)
        : [];
}
