using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>How rules write down what they see.</summary>
internal static class Look
{
    /// <summary>The resources that describe workloads; a rule about a pod template reads these.</summary>
    public static readonly IReadOnlyList<string> Workloads = ["deployments", "statefulsets", "daemonsets", "replicasets", "pods"];

    /// <summary>The resources that tell where pods are.</summary>
    public static readonly IReadOnlyList<string> PodsAndNodes = ["pods", "nodes"];

    public static Observation At(Component component, string path, string observed, bool violated) => new(
        component.Id, path.Length > 0 ? $"{component.Id} {path}" : component.Id, observed, violated ? Answer.Violated : Answer.Satisfied);

    public static Observation Undeclared(Component component, string path, string observed) =>
        new(component.Id, $"{component.Id} {path}", observed, Answer.Unknown);

    /// <summary>One observation per container of every long-running component.</summary>
    public static IEnumerable<Observation> Containers(
        TopologyIndex index, string path, Func<Component, Container, (string Observed, bool Violated)?> look)
    {
        foreach (var component in index.LongRunning)
        {
            for (var i = 0; i < component.Containers.Count; i++)
            {
                if (look(component, component.Containers[i]) is { } seen)
                {
                    yield return At(component, $"spec.template.spec.containers[{i}].{path}", seen.Observed, seen.Violated);
                }
            }
        }
    }

    /// <summary>Serves requests: has a port that others can call.</summary>
    public static bool Serves(Component component) => component.Containers.Any(container => container.Ports.Count > 0);

    public static string Count(int count, string singular) => count == 1 ? $"1 {singular}" : $"{count} {singular}s";
}
