using Crater.Discovery;
using Crater.Faults;
using Crater.Measurements;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>
/// Tests that the catalogue of risks does not have: a fault that exists on a component that exists, with a hypothesis and guards that suit any application. Only faults on pods that end by
/// themselves or with their holder, and need no parameter, are open to it.
/// </summary>
internal static class FreeForm
{
    /// <summary>Stands where a catalogue's risk would.</summary>
    public const string RiskId = "FREE";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<FaultDefinition> Faults(AdviceOptions options) =>
    [
        .. FaultCatalogue.All.Where(definition => definition.Targets[0] == TargetKind.Pod && definition is { Risk: not RiskLevel.High, Ending: not Ending.MustBeUndone, OneOf.Count: 0 }
            && definition.Drivers.Any(options.Drivers.Contains) && definition.Parameters.All(parameter => !parameter.Required || parameter.Default.Length > 0)),
    ];

    /// <summary>What is ill, has no pods, or would not come back is left alone.</summary>
    public static bool Fits(FaultDefinition definition, Component component, IReadOnlyList<Finding> findings, AdviceOptions options) =>
        !component.IsOnHost && component is { Selector.Length: > 0, Replicas: > 0 } && component.Ready >= component.Replicas
        && (options.Namespace.Length == 0 || component.Namespace == options.Namespace)
        && !(definition.Ending == Ending.HealsItself && component.Pods.Any(pod => pod.IsNaked))
        && !findings.Any(finding => finding.FixFirst && finding.Component == component.Id);

    public static Candidate Candidate(FaultDefinition definition, Component component) => new(
        new Risk
        {
            Id = RiskId,
            Kind = "free",
            Title = $"{{target}} under {definition.Name}",
            FailureMode = definition.Summary,
            Fault = new RiskFault(definition.Name, new Dictionary<string, string>(), Duration),
            Hypothesis = $"Users notice nothing of {definition.Name} on {{target}}",
            Probes = [new("requests succeed", KnownMetrics.ErrorRate, "application", 0, 0.02), new("requests are answered in time", KnownMetrics.LatencyP95, "application", 0, 1)],
            Guards = [new(KnownMetrics.ErrorRate, 0.05, null, TimeSpan.FromSeconds(10)), new(KnownMetrics.LatencyP95, 5, null, TimeSpan.FromSeconds(15))],
            RecoveryTime = TimeSpan.FromSeconds(60),
            Ending = definition.Ending,
            TestRisk = definition.Risk == RiskLevel.Low ? 1 : 3,
            Impact = "",
            Prevention = [],
            Emergency = [],
            Sources = [],
        },
        component, component,
        [new Finding { Rule = RiskId, Version = 1, Component = component.Id, Object = component.Id, Observed = "nothing", Answer = Answer.Unknown, Severity = Severity.Low }]);
}
