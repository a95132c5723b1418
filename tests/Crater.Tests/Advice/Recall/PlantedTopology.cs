using Crater.Discovery;

namespace Crater.Tests.Advice.Recall;

/// <summary>
/// Generated applications of many shapes, the same for the same seed, that are healthy in every respect that rules know but for what is planted, and for small flaws of the kind that every
/// real application has: here and there no disruption budget, no priority class, one replica of something that nobody needs, a batch job.
/// </summary>
internal sealed record PlantedTopology(string Shape, int Size, int Seed)
{
    /// <summary>Of 20 to 500 components; the seeds are fixed, so that figures can be compared from one version to the next.</summary>
    public static IReadOnlyList<PlantedTopology> All { get; } =
    [
        new("chain", 20, 11), new("star", 30, 12), new("mesh", 40, 13), new("events", 50, 14), new("layers", 60, 15), new("tree", 80, 16),
        new("teams", 100, 17), new("hub", 120, 18), new("ways in", 150, 19), new("mesh", 250, 20), new("teams", 400, 21), new("layers", 500, 22),
    ];

    public string Name => $"{Shape} of {Size}";

    /// <summary>Nothing is planted.</summary>
    public Topology Healthy() => new ShapedTopology(Shape, Size, Seed).Build();

    /// <summary>One weakness alone, at a place that the seed draws.</summary>
    public RecallCase With(int kind)
    {
        var (topology, weakness) = Plant(Healthy(), Seedling.All[kind], new Random(Seed * 100 + kind), []);
        return new RecallCase($"{Name}, {weakness.Id}", TopologyAnalysis.Analyse(topology), [weakness]);
    }

    /// <summary>All eleven at once, no two on the same component as long as there are enough.</summary>
    public RecallCase WithAll()
    {
        var topology = Healthy();
        var dice = new Random(Seed * 100 + 99);
        List<Weakness> planted = [];
        foreach (var seedling in Seedling.All)
        {
            (topology, var weakness) = Plant(topology, seedling, dice, planted);
            planted.Add(weakness);
        }

        return new RecallCase($"{Name}, all", TopologyAnalysis.Analyse(topology), planted);
    }

    private static (Topology, Weakness) Plant(Topology topology, Seedling seedling, Random dice, IReadOnlyList<Weakness> before)
    {
        var byId = topology.Components.ToDictionary(component => component.Id, StringComparer.Ordinal);
        var places = topology.Dependencies.Select(edge => (From: byId[edge.From], To: byId[edge.To])).Where(edge => seedling.Where(edge.From, edge.To)).ToArray();
        var taken = before.SelectMany(weakness => weakness.Hits).ToHashSet(StringComparer.Ordinal);
        var free = places.Where(edge => !taken.Contains(Hit(edge))).ToArray();
        var place = (free.Length > 0 ? free : places)[dice.Next(free.Length > 0 ? free.Length : places.Length)];
        return (seedling.Plant(topology, place.From, place.To), seedling.Weakness with { Hits = [Hit(place)] });

        string Hit((Component From, Component To) edge) => seedling.HitsCaller ? Key(edge.From) : Key(edge.To);
    }

    private static string Key(Component component) => $"{component.Namespace}/{component.Name}";
}

/// <summary>A topology whose weaknesses are known.</summary>
internal sealed record RecallCase(string Name, Topology Topology, IReadOnlyList<Weakness> Planted);
