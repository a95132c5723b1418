using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>Does the platform know when a pod can serve, and when it must be restarted?</summary>
internal static class ProbeRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-READY", 1, "No readiness probe: traffic arrives before the pod can serve", Severity.High, Look.Workloads, ["WEB-2"], Readiness),
        new("WK-LIVE", 1, "No liveness probe: a hung process is not restarted", Severity.Low, Look.Workloads, ["WEB-7"], Liveness),
        new("WK-PROBE-SAME", 1, "Liveness asks what readiness asks: a slow dependency restarts healthy pods", Severity.Medium, Look.Workloads, ["WEB-5"], Same),
        new("WK-LIVE-DEPENDENCY", 1, "Liveness checks a dependency", Severity.High, Look.Workloads, ["WEB-5"], LivenessChecksDependency),
        new("WK-PROBE-PORT", 1, "A probe asks at a port that the container does not name", Severity.Medium, Look.Workloads, [], Port) { FixFirst = true },
        new("WK-STARTUP", 1, "A slow start is not covered by a startup probe or an initial delay", Severity.Low, Look.Workloads, ["WEB-6"], Startup),
    ];

    private static IEnumerable<Observation> Readiness(TopologyIndex index) => Look.Containers(index, "readinessProbe", (component, container) =>
            container.Ports.Count == 0 ? null : (Describe(container.Readiness), container.Readiness is null))
        .Select(seen => seen with
        {
            // Without callers nobody is sent to a pod that is not ready.
            Severity = index.DependantsOf(index.Find(seen.Component)!).Any() || index.Find(seen.Component)!.IsEntryPoint ? Severity.High : Severity.Low,
        });

    private static IEnumerable<Observation> Liveness(TopologyIndex index) => Look.Containers(index, "livenessProbe", (component, container) =>
        container.Ports.Count == 0 ? null : (Describe(container.Liveness), container.Liveness is null));

    private static IEnumerable<Observation> Same(TopologyIndex index) => Look.Containers(index, "livenessProbe", (component, container) =>
            container is not { Liveness: { } live, Readiness: { } ready } ? null : (
                live.Kind == ready.Kind && live.Target == ready.Target && live.Port == ready.Port
                    ? $"liveness and readiness both ask {Describe(live)}" : $"liveness asks {live.Target}, readiness {ready.Target}",
                live.Kind == ready.Kind && live.Kind != "tcp" && live.Target == ready.Target && live.Port == ready.Port))
        .Select(seen => seen with
        {
            Severity = Answer.Violated == seen.Answer && Dependencies(index, seen).Length > 0 ? Severity.Medium : Severity.Low,
            Hits = Dependencies(index, seen),
        });

    /// <summary>What the application declares counts; without that, the path that the probe asks for.</summary>
    private static IEnumerable<Observation> LivenessChecksDependency(TopologyIndex index) => index.LongRunning
        .Select(component => TopologyIndex.Declared(component, "liveness-checks", "liveness") is { } declared
            ? Declared(index, component, declared) : ByPath(index, component))
        .OfType<Observation>();

    private static Observation Declared(TopologyIndex index, Component component, string declared)
    {
        var names = declared.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] named = [.. index.DependenciesOf(component).Select(edge => index.Find(edge.To)!).Where(d => names.Contains(d.Name)).Select(d => d.Id)];
        var violated = named.Length > 0 || Declarations.IsOneOf(declared, "dependenc", "database", "store", "db");
        return Look.At(component, "metadata.annotations[crater.dev/liveness-checks]", $"liveness checks {declared}", violated) with
        {
            Hits = named.Length > 0 ? named : Dependencies(index, component),
        };
    }

    private static Observation? ByPath(TopologyIndex index, Component component)
    {
        var i = component.Containers.ToList().FindIndex(container => container.Liveness is { Kind: "http" });
        var hits = Dependencies(index, component);
        if (i < 0 || hits.Length == 0)
        {
            return null;
        }

        var path = component.Containers[i].Liveness!.Target;
        var words = path.ToLowerInvariant().Split(['/', '-', '_', '.', '?', '=', '&'], StringSplitOptions.RemoveEmptyEntries);
        return Look.At(component, $"spec.template.spec.containers[{i}].livenessProbe.httpGet.path", path, words.Any(DeepWords.Contains)) with
        {
            Severity = Severity.Medium,
            Hits = hits,
        };
    }

    /// <summary>Words by which health endpoints say that they look further than their own process.</summary>
    private static readonly HashSet<string> DeepWords = ["dependencies", "dependency", "deps", "deep", "full", "database", "db", "downstream", "readiness", "ready", "readyz"];

    private static string[] Dependencies(TopologyIndex index, Observation seen) => Dependencies(index, index.Find(seen.Component)!);

    /// <summary>Stores first: a probe that looks further than its own process most often looks at the store.</summary>
    private static string[] Dependencies(TopologyIndex index, Component component) =>
    [
        .. index.DependenciesOf(component).Select(edge => index.Find(edge.To)!)
            .OrderByDescending(TopologyIndex.KeepsState).ThenBy(c => c.Id, StringComparer.Ordinal).Select(c => c.Id),
    ];

    private static IEnumerable<Observation> Port(TopologyIndex index) => Look.Containers(index, "ports", (component, container) =>
    {
        var asked = new[] { container.Readiness, container.Liveness, container.Startup }
            .Where(probe => probe is not null && probe.Port.Length > 0).Select(probe => probe!.Port).Distinct().ToArray();
        // A number that is not listed still works; a name that is not listed never does.
        var missing = asked.Where(port => !int.TryParse(port, out _) && container.Ports.All(known => known.Name != port)).ToArray();
        return asked.Length == 0 ? null
            : missing.Length > 0 ? ($"no port is named '{missing[0]}'", true) : ($"probes ask at {string.Join(", ", asked)}", false);
    });

    private static IEnumerable<Observation> Startup(TopologyIndex index) =>
        from component in index.LongRunning
        let declared = TopologyIndex.Declared(component, "startup", "start-time")
        let time = declared is null ? null : Declarations.Timeout(declared)
        where time is not null
        let probe = component.Containers.FirstOrDefault(container => container.Ports.Count > 0)
        where probe is not null
        let covered = probe.Startup is not null || probe.Readiness is not null
        select Look.At(component, "spec.template.spec.containers[0].startupProbe", $"needs {declared} to start", !covered);

    private static string Describe(Probe? probe) => probe is null ? "none" : $"{probe.Kind} {probe.Target} {probe.Port}".TrimEnd();
}
