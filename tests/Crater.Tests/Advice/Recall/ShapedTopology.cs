using Crater.Discovery;
using Crater.Targets;

namespace Crater.Tests.Advice.Recall;

/// <summary>Builds one generated application: six in ten components are services that call each other in the given shape, the rest are their stores, caches, queues, workers and jobs.</summary>
internal sealed class ShapedTopology(string shape, int size, int seed)
{
    private const int TeamSize = 20;

    private static readonly string[] Words = ["billing", "booking", "customer", "document", "inventory", "mail", "pricing", "report", "search", "session", "supplier", "ticket"];

    private readonly Random _dice = new(seed);
    private readonly List<Component> _components = [];
    private readonly List<Dependency> _edges = [];

    public Topology Build()
    {
        var services = Enumerable.Range(0, size * 6 / 10).Select(i => Add(SketchedShop.Web(Name("service", i)) with { Tier = Tier.Backend }, "backend", Space(i))).ToArray();
        Wire(services);
        var waysIn = shape == "ways in" ? 6 : shape == "teams" ? services.Length / TeamSize : 1;
        for (var n = 0; _components.Count < size; n++)
        {
            var owner = services[_dice.Next(services.Length)];
            Belongings(n, owner, services);
        }

        var all = _components.Select(Flawed).ToArray();
        return TopologyAnalysis.Analyse(new Topology
        {
            Source = $"generated, {shape}",
            Version = "v1.32.0",
            Components = all,
            Dependencies = Dependencies.Merge(_edges),
            Services = [.. all.Where(c => c.Kind != TargetKind.Job).Select(c => new ServiceEndpoint(c.Namespace, c.Name, "ClusterIP", [new("http", 80, "http")], [c.Id]) { Selector = c.Selector })],
            Ingresses = [.. Enumerable.Range(0, Math.Max(1, waysIn)).Select(i => services[shape == "teams" ? i * TeamSize : i])
                .Select((entry, i) => new IngressRoute(entry.Namespace, $"way-{i}", "", $"/{i}", entry.Name, entry.Id))],
            Nodes = [.. Enumerable.Range(1, 6).Select(i => new Node($"node{i}", $"zone{i % 3}", true, false, new Dictionary<string, string>()))],
            DisruptionBudgets = [.. all.Where(c => c.Replicas > 1 && _dice.Next(25) > 0).Select(c => new DisruptionBudget(c.Namespace, c.Name, "", "1", 1, [c.Id]))],
        });
    }

    private void Wire(Component[] services)
    {
        var width = (int)Math.Ceiling(Math.Sqrt(services.Length));
        for (var i = 1; i < services.Length; i++)
        {
            foreach (var caller in Callers(i, width))
            {
                Call(services[Math.Clamp(caller, 0, i - 1)], services[i]);
            }
        }
    }

    /// <summary>Who calls the i-th service; always earlier ones, so that there are no circles.</summary>
    private int[] Callers(int i, int width) => shape switch
    {
        "chain" => [i - 1],
        "star" => [0],
        "tree" => [(i - 1) / 2],
        "mesh" => [_dice.Next(i), _dice.Next(i), _dice.Next(i)],
        "hub" => i == 3 ? [0, 1, 2] : i < 3 ? [0] : [3],
        "teams" => i % TeamSize == 0 ? [] : [i - (i % TeamSize) + (((i % TeamSize) - 1) / 2), .. _dice.Next(10) == 0 ? new[] { _dice.Next(i) } : []],
        "ways in" => i < 6 ? [] : [_dice.Next(6), _dice.Next(i)],
        "layers" => i < width ? [0] : [((i / width) - 1) * width + _dice.Next(width), ((i / width) - 1) * width + _dice.Next(width)],
        _ => [_dice.Next(i)],
    };

    /// <summary>Of ten further components five are stores, one a cache, one a queue with its worker, one a tool that nobody calls, one a batch job.</summary>
    private void Belongings(int n, Component owner, Component[] services)
    {
        switch (n % 10)
        {
            case 1:
                Call(owner, Add(SketchedShop.Store(Name("cache", n)) with { Policy = SketchedShop.Store("x").Policy with { HasPersistentVolume = false } }, "cache", owner.Namespace));
                break;
            case 2:
                var queue = Add(SketchedShop.Store(Name("queue", n)), "queue", owner.Namespace);
                Call(owner, queue);
                if (_components.Count < size)
                {
                    var worker = Add(SketchedShop.Web(Name("worker", n)).Saying("idempotent", "true"), "worker", owner.Namespace);
                    Call(worker, queue);
                    Call(worker, services[_dice.Next(services.Length)]);
                }

                break;
            case 5:
                Add(SketchedShop.Web(Name("tool", n), replicas: 1), "backend", owner.Namespace);
                break;
            case 8:
                var job = Add(SketchedShop.Web(Name("nightly", n), replicas: 1) with { Kind = TargetKind.Job }, "batch", owner.Namespace);
                Call(job, owner);
                break;
            default:
                Call(owner, Add(SketchedShop.Store(Name("store", n)), "database", owner.Namespace));
                break;
        }
    }

    private Component Add(Component component, string tier, string space)
    {
        var placed = component with
        {
            Namespace = space,
            Labels = new Dictionary<string, string> { ["app"] = component.Name, ["tier"] = tier },
            Pods = [.. component.Pods.Select((pod, i) => pod with { Node = $"node{((_components.Count + i) % 6) + 1}", Zone = $"zone{(_components.Count + i + 1) % 3}" })],
        };
        _components.Add(placed);
        return placed;
    }

    /// <summary>One in ten has a small flaw that no user would ever notice.</summary>
    private Component Flawed(Component component) => _dice.Next(20) switch
    {
        0 => component with { Policy = component.Policy with { PriorityClass = "" } },
        1 => component with { Containers = [component.Containers[0] with { CpuRequest = null }] },
        _ => component,
    };

    private void Call(Component from, Component to) => _edges.Add(new Dependency(from.Id, to.Id, 0.8, [new Evidence("env", "URL")]));

    private string Space(int i) => shape == "teams" ? $"team-{i / TeamSize}" : "shop";

    /// <summary>In several teams the same names come again.</summary>
    private string Name(string what, int i) => shape == "teams" && what == "service" ? $"{Words[i % TeamSize % Words.Length]}-{i % TeamSize}" : $"{Words[_dice.Next(Words.Length)]}-{what}-{i}";
}
