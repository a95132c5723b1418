using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>A risk on a real component, with the findings that speak for it.</summary>
internal sealed record Candidate(Risk Risk, Component Target, Component Weak, IReadOnlyList<Finding> Findings)
{
    public FaultDefinition Definition { get; } = Risk.Fault.Definition!;

    /// <summary>The finding that counts: violated before unknown before satisfied, then the graver one.</summary>
    public Finding Primary { get; } = Findings.OrderBy(Standing).ThenByDescending(finding => finding.Severity).ThenBy(finding => finding.Id, StringComparer.Ordinal).First();

    public string Id => $"{Risk.Id}:{Target.Id}{(Weak.Id == Target.Id ? "" : $"<-{Weak.Id}")}";

    /// <summary>Set when the fault hits a node instead of a pod: the one with most of the component's pods.</summary>
    public string Node { get; } = Risk.Fault.Definition!.Targets[0] == TargetKind.Node
        ? Target.Pods.Where(pod => pod.Node.Length > 0).GroupBy(pod => pod.Node)
            .OrderByDescending(pods => pods.Count()).ThenBy(pods => pods.Key, StringComparer.Ordinal).FirstOrDefault()?.Key ?? ""
        : "";

    /// <summary>What diversity counts: nobody wants the same target hit by the same family twice in one list.</summary>
    public string TargetAndFamily => $"{(Node.Length > 0 ? $"node/{Node}" : Target.Id)} {Definition.Family}";

    private static int Standing(Finding finding) => finding.Answer switch { Answer.Violated => 0, Answer.Unknown => 1, _ => 2 };
}
