using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>Findings × risks × real targets.</summary>
internal sealed class CandidateSource(TopologyIndex index, RiskCatalogue catalogue, AdviceOptions options)
{
    /// <summary>Every test that makes sense and can be run with what is at hand, by id.</summary>
    public IReadOnlyList<Candidate> From(IReadOnlyList<Finding> findings)
    {
        var ill = findings.Where(finding => finding.FixFirst).Select(finding => finding.Component).ToHashSet(StringComparer.Ordinal);
        var pairs =
            from finding in findings
            where finding is { FixFirst: false, Blind: false } && index.Find(finding.Component) is not null
            from id in finding.Suggests
            let risk = catalogue.Find(id)
            where risk is not null && CanBeDone(risk)
            from hit in finding.Hits
            let target = index.Find(hit)
            where target is not null && !ill.Contains(target.Id) && !ill.Contains(finding.Component) && Fits(risk, target)
            group finding by (Risk: risk, Target: target, Weak: finding.Component);
        return
        [
            .. pairs.Select(group => new Candidate(group.Key.Risk, group.Key.Target, index.Find(group.Key.Weak)!, [.. group.DistinctBy(f => f.Id)]))
                .Where(candidate => candidate.Definition.Targets[0] != TargetKind.Node || candidate.Node.Length > 0)
                .OrderBy(candidate => candidate.Id, StringComparer.Ordinal),
        ];
    }

    private bool CanBeDone(Risk risk) =>
        risk.IsAvailable && risk.Fault.Definition!.Drivers.Any(options.Drivers.Contains);

    private bool Fits(Risk risk, Component target)
    {
        var definition = risk.Fault.Definition!;
        var kind = definition.Targets[0];
        return definition.IsForHosts == target.IsOnHost && (options.Namespace.Length == 0 || target.Namespace == options.Namespace)
            && (risk.Tiers.Count == 0 || risk.Tiers.Contains(target.Tier))
            && target.Replicas >= risk.ReplicasMin
            && (kind != TargetKind.Deployment || target.Kind == TargetKind.Deployment)
            && (!definition.IsForHosts || kind == target.Kind)
            && (kind != TargetKind.Pod || (target.Selector.Length > 0 && target.Replicas > 0))
            // What nothing brings back must not be killed for a test; on a host, what is only hampered is there afterwards.
            && !((!definition.IsForHosts || definition.Ending == Ending.HealsItself) && target.Pods.Any(pod => pod.IsNaked));
    }
}
