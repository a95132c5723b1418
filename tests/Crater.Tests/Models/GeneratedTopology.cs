using Crater.Discovery;
using Crater.Tests.Advice;

namespace Crater.Tests.Models;

/// <summary>A large application in layers, the same for the same seed: ways in, services that call the layer below, stores at the bottom. About one in six is weak.</summary>
internal static class GeneratedTopology
{
    private static readonly string[] Words = ["billing", "customer", "inventory", "notification", "recommendation", "reporting", "search", "session", "shipment", "supplier", "ticket", "warehouse"];

    public static Topology Of(int size, int seed)
    {
        var dice = new Random(seed);
        List<Component> components = [];
        List<Dependency> edges = [];
        for (var i = 0; i < size; i++)
        {
            var isStore = i % 5 == 4;
            var name = $"{Words[dice.Next(Words.Length)]}-{Words[dice.Next(Words.Length)]}-{(isStore ? "db" : "service")}-{i}";
            var replicas = dice.Next(6) == 0 ? 1 : 2 + dice.Next(3);
            var component = isStore ? SketchedShop.Store(name, replicas) : SketchedShop.Web(name, replicas);
            components.Add(component with { IsEntryPoint = i < 3, Criticality = Math.Round(dice.NextDouble(), 2) });
            for (var n = 0; i > 3 && n < 1 + dice.Next(3); n++)
            {
                edges.Add(new Dependency(components[dice.Next(i)].Id, components[i].Id, 0.8, [new Evidence("env", "URL")]));
            }
        }

        return new Topology
        {
            Source = "generated",
            Version = "v1.32.0",
            Components = components,
            Dependencies = Dependencies.Merge(edges),
            Nodes = [.. Enumerable.Range(1, 5).Select(i => new Node($"node{i}", $"zone{i % 3}", true, false, new Dictionary<string, string>()))],
        };
    }
}
