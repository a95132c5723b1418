using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Scheduling;

/// <summary>A node with the pods that are on it: what they ask for of what it has.</summary>
internal sealed class NodeLoad(JsonObject node)
{
    private static readonly string[] Counted = ["cpu", "memory", "ephemeral-storage"];

    private readonly Dictionary<string, double> _asked = [];

    public JsonObject Node { get; } = node;

    public string Name { get; } = node.Name();

    public IReadOnlyDictionary<string, string> Labels { get; } = node.Labels();

    public List<JsonObject> Pods { get; } = [];

    public void Add(JsonObject pod)
    {
        Pods.Add(pod);
        foreach (var name in Counted)
        {
            _asked[name] = _asked.GetValueOrDefault(name) + Asked(pod, name);
        }
    }

    /// <returns>Every resource that does not suffice, in the scheduler's words.</returns>
    public IEnumerable<string> Shortages(JsonObject pod)
    {
        if (Allocatable("pods") is { } most && Pods.Count + 1 > most)
        {
            yield return "Too many pods";
        }

        foreach (var name in Counted)
        {
            var asked = Asked(pod, name);
            if (asked > 0 && Allocatable(name) is { } there && _asked.GetValueOrDefault(name) + asked > there)
            {
                yield return $"Insufficient {name}";
            }
        }
    }

    /// <summary>The share of its CPU and memory that is asked for, 0 for an empty node; the fuller of the two.</summary>
    public double Share() => Counted.Take(2).Max(name => Allocatable(name) is > 0 and var there ? _asked.GetValueOrDefault(name) / there : 0);

    private double? Allocatable(string name) => Quantity.TryParse(Node.Text("status", "allocatable", name), out var there) ? there : null;

    /// <summary>The sum over the containers, or the largest init container where that is more.</summary>
    private static double Asked(JsonObject pod, string name)
    {
        double Of(JsonObject container) => Quantity.TryParse(container.Text("resources", "requests", name), out var asked) ? asked : 0;
        return Math.Max(pod.Each("spec", "containers").Sum(Of), pod.Each("spec", "initContainers").Select(Of).DefaultIfEmpty(0).Max());
    }
}
