using Crater.Risks;

namespace Crater.Advice;

/// <summary>What a fault is expected to reach, read off the graph.</summary>
internal static class Prediction
{
    public static PredictedBlastRadius Of(Candidate candidate, TopologyIndex index)
    {
        string[] targets = candidate.Node.Length == 0
            ? [candidate.Target.Id]
            : [candidate.Target.Id, .. index.Components.Where(c => c.Id != candidate.Target.Id && c.Pods.Any(pod => pod.Node == candidate.Node)).Select(c => c.Id)];
        var hit = targets.ToHashSet(StringComparer.Ordinal);
        var direct = targets.SelectMany(id => index.DependantsOf(index.Find(id)!)).Select(edge => edge.From).Where(id => !hit.Contains(id)).Distinct().ToArray();
        var near = direct.ToHashSet(StringComparer.Ordinal);
        var transitive = targets.SelectMany(index.TransitiveDependantsOf).Where(id => !hit.Contains(id) && !near.Contains(id)).Distinct().ToArray();
        var routes = targets.SelectMany(index.EntryRoutesTo).Distinct().Order(StringComparer.Ordinal).ToArray();
        var share = index.EntryRoutes.Count == 0 ? 0 : (double)routes.Length / index.EntryRoutes.Select(route => route.Text).Distinct().Count();
        return new PredictedBlastRadius(targets, direct, transitive, routes, share);
    }
}
