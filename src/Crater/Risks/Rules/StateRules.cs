using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>Where the data is, and whether losing one process loses it. Data stores are known by structure: tier, kind, volume, port.</summary>
internal static class StateRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-STATEFUL-SINGLE", 1, "A data store with a single replica", Severity.High, Look.Workloads, ["DB-1", "DB-7", "MQ-1", "RD-2"], Single),
        new("WK-STATEFUL-DEPLOY", 1, "A data store whose data dies with its pod", Severity.Medium, Look.Workloads, ["DB-2", "DB-7"], Ephemeral),
        new("WK-STS-HEADLESS", 1, "A stateful set without its governing service", Severity.Medium, [.. Look.Workloads, "services"], ["DB-3"], Headless),
    ];

    private static IEnumerable<Observation> Single(TopologyIndex index) => index.LongRunning
        .Where(TopologyIndex.KeepsState)
        .Select(component => Look.At(component, "spec.replicas", Observed(component), component.Replicas < 2) with
        {
            Severity = Harmless(index, component) ? Severity.Low : component.Tier == Tier.Queue ? Severity.Medium : Severity.High,
            Suggests = Harmless(index, component) ? ["RD-2"] : component.Tier == Tier.Queue ? ["MQ-1"] : component.Replicas < 2 ? ["DB-1"] : ["DB-7"],
        });

    /// <summary>Every caller says that it does without.</summary>
    private static bool Harmless(TopologyIndex index, Component store)
    {
        var callers = index.DependantsOf(store).Select(edge => index.Find(edge.From)!).ToArray();
        return callers.Length > 0 && callers.All(caller => Declarations.DoesWithout(caller, store) == true);
    }

    private static string Observed(Component component) =>
        $"{Look.Count(component.Replicas, "replica")} of a {TargetId.Text(component.Kind)} that keeps data ({component.TierReason})".Replace(" ()", "");

    private static IEnumerable<Observation> Ephemeral(TopologyIndex index) => index.LongRunning
        .Where(component => component.Tier == Tier.Data)
        .Select(component => Look.At(
            component,
            "spec.template.spec.volumes",
            component.Policy.HasPersistentVolume ? "a persistent volume" : component.Policy.HasEmptyDir ? "only an emptyDir" : "no volume",
            !component.Policy.HasPersistentVolume) with
        {
            // A second replica with the data, or callers that do without, make it bearable.
            Severity = component.Replicas > 1 || Harmless(index, component) ? Severity.Low : Severity.Medium,
            Suggests = component.Replicas > 1 ? ["DB-7"] : ["DB-2"],
        });

    private static IEnumerable<Observation> Headless(TopologyIndex index) => index.LongRunning
        .Where(component => component.Kind == TargetKind.StatefulSet)
        .Select(component =>
        {
            var service = index.Topology.Services.FirstOrDefault(s => s.Namespace == component.Namespace && s.Name == component.Policy.ServiceName);
            var observed = component.Policy.ServiceName.Length == 0 ? "no serviceName"
                : service is null ? $"service '{component.Policy.ServiceName}' does not exist" : $"service '{service.Name}'";
            return Look.At(component, "spec.serviceName", observed, service is null) with { Severity = component.Replicas > 1 ? Severity.Medium : Severity.Low };
        });
}
