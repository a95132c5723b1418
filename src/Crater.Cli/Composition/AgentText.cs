using Crater.Kubernetes.Agents;

namespace Crater.Cli.Composition;

/// <summary>What is said of runs that may have faults on nodes.</summary>
internal static class AgentText
{
    public static string Of(SweptNode swept) => swept.Problem.Length == 0
        ? $"What {swept.Use.Run} left on node {swept.Use.Node} is taken off, and its agent is gone."
        : $"RESIDUE: what {swept.Use.Run} may have left on node {swept.Use.Node} could not be taken off: {swept.Problem}";

    public static string Of(AgentUse use) => $"{use.Run} may have {use.Injections.Count} faults on node {use.Node} through an agent there{(use.IsOver ? ", and nobody renews it — RESIDUE" : "")}";
}
