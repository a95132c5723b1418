using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>Does a change, or a planned stop, go by unnoticed?</summary>
internal static class RolloutRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-STRATEGY", 1, "Recreate takes every replica away during a change", Severity.Low, Look.Workloads, ["CFG-1"], Strategy),
        new("WK-LATEST", 1, "An image without a fixed tag", Severity.Low, Look.Workloads, ["CFG-1"], Tag),
        new("WK-PULL", 1, "A fixed tag is never pulled again, or a moving one not always", Severity.Low, Look.Workloads, [], Pull),
        new("WK-GRACE", 1, "A stop is not announced: requests in flight are cut off", Severity.High, Look.Workloads, ["WEB-8"], Grace),
        new("WK-RESTART", 1, "A restart policy that leaves a failed pod down", Severity.Medium, Look.Workloads, ["POD-1"], Restart),
        new("WK-PRIO", 1, "No priority class: first to go when a node is full", Severity.Low, Look.Workloads, ["ND-3"], Priority),
    ];

    private static IEnumerable<Observation> Strategy(TopologyIndex index) => index.LongRunning
        .Where(component => component.Kind == TargetKind.Deployment && component.Replicas > 1)
        .Select(component => Look.At(
            component, "spec.strategy.type", component.Policy.Strategy.Length > 0 ? component.Policy.Strategy : "default", component.Policy.Strategy == "Recreate"));

    private static IEnumerable<Observation> Tag(TopologyIndex index) => Look.Containers(index, "image", (_, container) => (container.Image, Moves(container.Image)));

    private static IEnumerable<Observation> Pull(TopologyIndex index) => Look.Containers(index, "imagePullPolicy", (_, container) =>
        container.PullPolicy.Length == 0 ? null : (container.PullPolicy, Moves(container.Image) && container.PullPolicy != "Always"));

    /// <summary>No tag, or the tag <c>latest</c>; a digest never moves.</summary>
    private static bool Moves(string image)
    {
        var last = image[(image.LastIndexOf('/') + 1)..];
        return !last.Contains('@') && (!last.Contains(':') || last.EndsWith(":latest", StringComparison.Ordinal));
    }

    private static IEnumerable<Observation> Grace(TopologyIndex index)
    {
        var serving = index.LongRunning.Where(component => Look.Serves(component) && component.Kind != TargetKind.DaemonSet).ToArray();
        var withHook = serving.Count(HasPreStop);
        return serving.Select(component => Stop(index, component, isOutlier: !HasPreStop(component) && withHook * 2 > serving.Length));
    }

    private static bool HasPreStop(Component component) => component.Containers.Any(container => container.HasPreStop);

    /// <param name="isOutlier">Most others of the application have a preStop hook and this one has none.</param>
    private static Observation Stop(TopologyIndex index, Component component, bool isOutlier)
    {
        var declared = TopologyIndex.Declared(component, "drain", "graceful-shutdown", "sigterm");
        var zero = component.Policy.GraceSeconds == 0;
        var ignores = declared is not null && (Declarations.SaysNo(declared) || Declarations.IsOneOf(declared, "ignore"));
        var violated = zero || ignores || (declared is null && !HasPreStop(component));
        var observed = zero ? "terminationGracePeriodSeconds 0"
            : declared is not null ? $"declares drain: {declared}"
            : HasPreStop(component) ? "has a preStop hook"
            : isOutlier ? "no preStop hook, and most others have one" : "no preStop hook, and no drain declared";
        // A server may well drain without saying so; only a stated lack on the users' way is grave.
        var isOnTheWay = component.IsEntryPoint || index.EntryRoutesTo(component.Id).Count > 0;
        return Look.At(component, "spec.template.spec.terminationGracePeriodSeconds", observed, violated) with
        {
            Severity = (zero || ignores) && isOnTheWay ? Severity.High : zero || ignores || isOutlier ? Severity.Medium : Severity.Low,
        };
    }

    private static IEnumerable<Observation> Restart(TopologyIndex index) => index.LongRunning
        .Where(component => component.Policy.RestartPolicy.Length > 0)
        .Select(component => Look.At(
            component, "spec.template.spec.restartPolicy", component.Policy.RestartPolicy, component.Policy.RestartPolicy != "Always"));

    private static IEnumerable<Observation> Priority(TopologyIndex index) => index.LongRunning.Select(component => Look.At(
        component,
        "spec.template.spec.priorityClassName",
        component.Policy.PriorityClass.Length > 0 ? component.Policy.PriorityClass : "not set",
        component.Policy.PriorityClass.Length == 0));
}
