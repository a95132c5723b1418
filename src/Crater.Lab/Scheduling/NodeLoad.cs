using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Scheduling;

/// <summary>A node with the pods that are on it: what they ask for of what it has.</summary>
internal sealed class NodeLoad(JsonObject node)
{
    private static string[] Counted => PodDemand.Counted;

    private readonly Dictionary<string, double> _asked = [];
    private readonly Dictionary<string, double?> _allocatable = [];
    private readonly Dictionary<string, int> _byOwner = [];

    /// <summary>Those of its pods that hold ports of the node.</summary>
    private readonly List<PodDemand> _outward = [];

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

        var asked = new PodDemand(pod);
        for (var i = 0; i < Counted.Length; i++)
        {
            _asked[Counted[i]] = _asked.GetValueOrDefault(Counted[i]) + asked.Plain[i];
        }

        foreach (var (name, amount) in asked.Extra)
        {
            _asked[name] = _asked.GetValueOrDefault(name) + amount;
        }

        if (asked.Ports.Count > 0)
        {
            _outward.Add(asked);
        }
    }

    /// <summary>How many of its pods the controller with that uid has made.</summary>
    public int OwnedBy(string uid) => _byOwner.GetValueOrDefault(uid);

    /// <summary>Whether it would suffice if it were empty, so that driving others away could help.</summary>
    public bool CouldHold(PodDemand demand)
    {
        for (var i = 0; i < Counted.Length; i++)
        {
            if (demand.Plain[i] > 0 && Allocatable(Counted[i]) is { } there && demand.Plain[i] > there)
            {
                return false;
            }
        }

        return demand.Extra.All(extra => extra.Amount <= (Allocatable(extra.Name) ?? 0));
    }

    /// <summary>Whether a port of the node that the pod wants is held by another.</summary>
    public bool IsTaken(PodDemand demand) => demand.Ports.Count > 0 && _outward.Exists(demand.Collides);

    /// <returns>Every resource that does not suffice, in the scheduler's words.</returns>
    public IEnumerable<string> Shortages(PodDemand demand)
    {
        if (Allocatable("pods") is { } most && Pods.Count + 1 > most)
        {
            yield return "Too many pods";
        }

        for (var i = 0; i < Counted.Length; i++)
        {
            var (name, asked) = (Counted[i], demand.Plain[i]);
            if (asked > 0 && Allocatable(name) is { } there && _asked.GetValueOrDefault(name) + asked > there)
            {
                yield return $"Insufficient {name}";
            }
        }

        foreach (var (name, amount) in demand.Extra)
        {
            // A node that does not speak of it has none of it.
            if (amount > 0 && _asked.GetValueOrDefault(name) + amount > (Allocatable(name) ?? 0))
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
}
