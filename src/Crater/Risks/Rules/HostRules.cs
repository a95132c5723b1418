namespace Crater.Risks.Rules;

/// <summary>Is a pod tied to its node?</summary>
internal static class HostRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-HOSTPATH", 1, "Data on the node's own disk does not move with the pod", Severity.Medium, Look.Workloads, ["ND-2"], HostPath),
        new("WK-HOSTNET", 1, "The node's own network: no second pod beside it", Severity.Low, Look.Workloads, ["ND-2"], HostNetwork),
    ];

    private static IEnumerable<Observation> HostPath(TopologyIndex index) => index.LongRunning.Select(component => Look.At(
        component, "spec.template.spec.volumes[].hostPath", component.Policy.HasHostPath ? "used" : "not used", component.Policy.HasHostPath));

    private static IEnumerable<Observation> HostNetwork(TopologyIndex index) => index.LongRunning.Select(component => Look.At(
        component, "spec.template.spec.hostNetwork", component.Policy.HostNetwork ? "true" : "false", component.Policy.HostNetwork));
}
