using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Scheduling;

/// <summary>A node with the pods that are on it: what they ask for of what it has.</summary>
internal sealed class NodeLoad(JsonObject node)
{
    private static readonly string[] Counted = ["cpu", "memory", "ephemeral-storage"];

    private readonly Dictionary<string, double> _asked = [];
    private readonly Dictionary<string, double?> _allocatable = [];
    private readonly Dictionary<string, int> _byOwner = [];

    public JsonObject Node { get; } = node;

    public string Name { get; } = node.Name();

    public IReadOnlyDictionary<string, string> Labels { get; } = node.Labels();

    public List<JsonObject> Pods { get; } = [];

    /// <summary>Those of its pods that keep others away, so that not every pod has to be looked at for that.</summary>
    public List<JsonObject> Guards { get; } = [];

    public void Add(JsonObject pod)
    {
        Pods.Add(pod);
        if (pod.Map("spec", "affinity", "podAntiAffinity") is not null)
        {
            Guards.Add(pod);
        }

        if (Controllers.Owners.ControllerOf(pod).Text("uid") is { Length: > 0 } owner)
        {
            _byOwner[owner] = _byOwner.GetValueOrDefault(owner) + 1;
        }

        var asked = Requests(pod);
        for (var i = 0; i < Counted.Length; i++)
        {
            _asked[Counted[i]] = _asked.GetValueOrDefault(Counted[i]) + asked[i];
        }
    }

    /// <summary>How many of its pods the controller with that uid has made.</summary>
    public int OwnedBy(string uid) => _byOwner.GetValueOrDefault(uid);

    /// <summary>What a pod asks for, read once for all nodes.</summary>
    public static double[] Requests(JsonObject pod) => [.. Counted.Select(name => Asked(pod, name))];

    /// <summary>Whether it would suffice if it were empty, so that driving others away could help.</summary>
    public bool CouldHold(double[] requests)
    {
        for (var i = 0; i < Counted.Length; i++)
        {
            if (requests[i] > 0 && Allocatable(Counted[i]) is { } there && requests[i] > there)
            {
                return false;
            }
        }

        return true;
    }

    /// <returns>Every resource that does not suffice, in the scheduler's words.</returns>
    public IEnumerable<string> Shortages(double[] requests)
    {
        if (Allocatable("pods") is { } most && Pods.Count + 1 > most)
        {
            yield return "Too many pods";
        }

        for (var i = 0; i < Counted.Length; i++)
        {
            var (name, asked) = (Counted[i], requests[i]);
            if (asked > 0 && Allocatable(name) is { } there && _asked.GetValueOrDefault(name) + asked > there)
            {
                yield return $"Insufficient {name}";
            }
        }
    }

    /// <summary>The share of its CPU and memory that is asked for, 0 for an empty node; the fuller of the two.</summary>
    public double Share() => Counted.Take(2).Max(name => Allocatable(name) is > 0 and var there ? _asked.GetValueOrDefault(name) / there : 0);

    private double? Allocatable(string name)
    {
        if (!_allocatable.TryGetValue(name, out var known))
        {
            _allocatable[name] = known = Quantity.TryParse(Node.Text("status", "allocatable", name), out var there) ? there : null;
        }

        return known;
    }

    /// <summary>The sum over the containers, or the largest init container where that is more.</summary>
    private static double Asked(JsonObject pod, string name)
    {
        double Of(JsonObject container) => Quantity.TryParse(container.Text("resources", "requests", name), out var asked) ? asked : 0;
        return Math.Max(pod.Each("spec", "containers").Sum(Of), pod.Each("spec", "initContainers").Select(Of).DefaultIfEmpty(0).Max());
    }
}
