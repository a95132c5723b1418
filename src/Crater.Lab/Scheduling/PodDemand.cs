using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Scheduling;

/// <summary>What a pod asks of a node, read once for all nodes: amounts, and ports of the node itself.</summary>
internal sealed class PodDemand
{
    /// <summary>The resources that are counted for every pod, in this order.</summary>
    public static readonly string[] Counted = ["cpu", "memory", "ephemeral-storage"];

    public PodDemand(JsonObject pod)
    {
        Plain = [.. Counted.Select(name => Asked(pod, name))];
        Extra = [.. pod.Each("spec", "containers").Concat(pod.Each("spec", "initContainers"))
            .SelectMany(container => container.Map("resources", "requests") ?? []).Select(request => request.Key)
            .Where(name => !Counted.Contains(name)).Distinct().Select(name => (name, Asked(pod, name)))];
        Ports = [.. pod.Each("spec", "containers").SelectMany(container => container.Each("ports")).Where(port => port.Number("hostPort") is > 0).Select(port =>
            (port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP", port.Text("hostIP") is "0.0.0.0" or "" ? "" : port.Text("hostIP"), port.Number("hostPort")!.Value))];
    }

    /// <summary>The amounts of <see cref="Counted"/>.</summary>
    public double[] Plain { get; }

    /// <summary>What only some nodes have: devices, huge pages.</summary>
    public IReadOnlyList<(string Name, double Amount)> Extra { get; }

    public IReadOnlyList<(string Protocol, string Address, long Port)> Ports { get; }

    /// <summary>Whether both want the same port of the node; no address means all of them.</summary>
    public bool Collides(PodDemand other) => Ports.Count > 0 && Ports.Any(mine => other.Ports.Any(its =>
        mine.Protocol == its.Protocol && mine.Port == its.Port && (mine.Address == its.Address || mine.Address.Length == 0 || its.Address.Length == 0)));

    /// <summary>The sum over the containers, or the largest init container where that is more.</summary>
    private static double Asked(JsonObject pod, string name)
    {
        double Of(JsonObject container) => Quantity.TryParse(container.Text("resources", "requests", name), out var asked) ? asked : 0;
        return Math.Max(pod.Each("spec", "containers").Sum(Of), pod.Each("spec", "initContainers").Select(Of).DefaultIfEmpty(0).Max());
    }
}
