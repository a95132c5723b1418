using Crater.Experiments;
using Crater.Faults;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Kubernetes.Keeping;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>By what a fault of an experiment is found again: where that kind of object may not be listed, nobody can say that nothing is left.</summary>
/// <param name="Kind">As the API calls it, for example <c>configmaps</c>.</param>
/// <param name="Space">The namespace; empty for any.</param>
internal sealed record FaultTrace(string Kind, string Space)
{
    public bool IsIn(UnseenKind unseen) => Kind == unseen.Kind && !unseen.Looked.Contains(Space);

    /// <returns>Null when the document cannot be read any more, so that it may be anything.</returns>
    public static IReadOnlyList<FaultTrace>? Of(ExperimentView view, string home)
    {
        if (ExperimentExam.Of(view, home).Experiment is not { } experiment)
        {
            return null;
        }

        var faults = experiment.Method.Select(activity => activity.Provider).OfType<FaultProvider>();
        return [.. faults.SelectMany(one => DriversOf(one.Fault.Name, one.Target.Kind, experiment.Driver).SelectMany(driver => Of(one.Fault.Name, one.Target.Kind, one.Target.Namespace, driver))).Distinct()];
    }

    public static IReadOnlyList<FaultTrace> Of(Plan plan) =>
        [.. plan.Injections.SelectMany(one => Of(one.Fault.Name, one.Target.Kind, one.Target.Namespace, one.Driver)).Distinct()];

    private static IEnumerable<FaultTrace> Of(string fault, TargetKind kind, string space, string driver) => driver switch
    {
        "litmus" => [new FaultTrace(LitmusEngine.Engines.QualifiedName, space)],
        "chaos-mesh" => MeshFaults.Kinds.Select(one => new FaultTrace(one.QualifiedName, space)),
        "agent" => [new FaultTrace(AgentSweep.Kind, "")],
        // What is deleted or crowded bears no mark itself: the undo data beside it does.
        _ when fault.EndsWith("-delete", StringComparison.Ordinal) || fault is PendingPods.Fault or CompletedJobs.Fault => [new FaultTrace(Resource.Secrets.QualifiedName, space)],
        _ => [new FaultTrace(KubernetesTargets.ResourceOf(kind).QualifiedName, space)],
    };

    // Where the document names no driver, the planner takes one of ours.
    private static IEnumerable<string> DriversOf(string fault, TargetKind kind, string asked)
    {
        var known = FaultCatalogue.Find(fault, kind)?.Drivers ?? [];
        return asked.Length > 0 ? [asked] : known.Contains("kubernetes") ? ["kubernetes"] : known.Contains("agent") ? ["agent"] : [];
    }
}
