using Crater.Discovery;
using Crater.Risks;
using Crater.Targets;
using Crater.Tests.Advice;
using Xunit;

namespace Crater.Tests.Risks;

/// <summary>Each rule sees its weakness where it is, and is satisfied where it is not.</summary>
public sealed class RuleTests
{
    private static readonly Dictionary<string, Func<Topology, Topology>> Breaking = new()
    {
        ["WK-REPLICAS"] = Payment(c => c with { Replicas = 1, Ready = 1 }),
        ["WK-SPOF"] = Payment(c => c with { Replicas = 1, Ready = 1, IsArticulationPoint = true }),
        ["WK-NAKEDPOD"] = Payment(c => c with { Pods = [new PodPlace("p", "node1", "zone1", true, 0) { IsNaked = true }] }),
        ["WK-STATEFUL-SINGLE"] = Change("orders-db", c => c with { Replicas = 1, Ready = 1 }),
        ["WK-STATEFUL-DEPLOY"] = Change("orders-db", c => c with { Policy = c.Policy with { HasPersistentVolume = false } }),
        ["WK-STS-HEADLESS"] = Change("orders-db", c => c with { Policy = c.Policy with { ServiceName = "gone" } }),
        ["WK-READY"] = Containers(c => c with { Readiness = null }),
        ["WK-LIVE"] = Containers(c => c with { Liveness = null }),
        ["WK-PROBE-SAME"] = Containers(c => c with { Liveness = c.Readiness }),
        ["WK-PROBE-PORT"] = Containers(c => c with { Readiness = c.Readiness! with { Port = "admin" } }),
        ["WK-LIVE-DEPENDENCY"] = Change("orders", c => c with { Policy = c.Policy.Declaring("liveness-checks", "orders-db") }),
        ["WK-STARTUP"] = Payment(c => c with { Policy = c.Policy.Declaring("start-time", "9s"), Containers = [c.Containers[0] with { Readiness = null }] }),
        ["WK-CPU"] = Containers(c => c with { CpuRequest = null }),
        ["WK-MEM"] = Containers(c => c with { MemoryLimit = null }),
        ["WK-MEM-REQUEST"] = Containers(c => c with { MemoryLimit = null, MemoryRequest = null }),
        ["WK-EPH"] = Containers(c => c with { EphemeralLimit = null }),
        ["WK-PDB"] = topology => topology with { DisruptionBudgets = [] },
        ["WK-PDB-BLOCK"] = topology => topology with { DisruptionBudgets = [new("shop", "b", "", "0", 0, ["deployment/shop/payment"])] },
        ["WK-COLOCATED"] = Payment(c => c with { Pods = [.. c.Pods.Select(pod => pod with { Node = "node1" })] }),
        ["WK-ONEZONE"] = Payment(c => c with { Pods = [.. c.Pods.Select(pod => pod with { Zone = "zone1" })] }),
        ["WK-AFFINITY"] = Payment(c => c with { Policy = c.Policy with { HasPodAntiAffinity = false, HasTopologySpread = false } }),
        ["WK-SPREAD"] = Payment(c => c with { Policy = c.Policy with { HasTopologySpread = false } }),
        ["WK-HPA"] = topology => topology,
        ["WK-HPA-MIN"] = topology => topology with { Autoscalers = [new("shop", "a", "deployment/shop/payment", 1, 5)] },
        ["WK-HPA-DANGLING"] = topology => topology with { Autoscalers = [new("shop", "a", "", 2, 5)] },
        ["WK-STRATEGY"] = Payment(c => c with { Policy = c.Policy with { Strategy = "Recreate" } }),
        ["WK-LATEST"] = Containers(c => c with { Image = "registry:5000/example/payment" }),
        ["WK-PULL"] = Containers(c => c with { Image = "example/payment:latest" }),
        ["WK-GRACE"] = Payment(c => c with { Policy = c.Policy with { GraceSeconds = 0 } }),
        ["WK-RESTART"] = Payment(c => c with { Policy = c.Policy with { RestartPolicy = "Never" } }),
        ["WK-PRIO"] = Payment(c => c with { Policy = c.Policy with { PriorityClass = "" } }),
        ["WK-HOSTPATH"] = Payment(c => c with { Policy = c.Policy with { HasHostPath = true } }),
        ["WK-HOSTNET"] = Payment(c => c with { Policy = c.Policy with { HostNetwork = true } }),
        ["WK-TIMEOUT"] = Change("orders", c => c with { Policy = c.Policy.Declaring("client-timeout", "none") }),
        ["WK-RETRY"] = Change("orders", c => c with { Policy = c.Policy.Declaring("retries", "unlimited") }),
        ["WK-RETRY-LAYERS"] = topology => Change("orders", c => c with { Policy = c.Policy.Declaring("retries", "4") })(
            Change("front-end", c => c with { Policy = c.Policy.Declaring("retries", "3") })(topology)),
        ["WK-BREAKER"] = Change("orders", c => c with { Policy = c.Policy.Declaring("breaker", "none") }),
        ["WK-CACHE"] = Change("carts", c => c with { Policy = c.Policy.Declaring("cache", "hard").Declaring("cache-at", "carts-db") }),
        ["WK-POOL"] = Change("orders", c => c with { Policy = c.Policy.Declaring("pool-size", "2").Declaring("pool-to", "orders-db") }),
        ["WK-IDEMPOTENT"] = Payment(c => c with { Policy = c.Policy.Declaring("idempotent", "false") }),
        ["WK-ACK"] = Payment(c => c with { Policy = c.Policy.Declaring("ack", "early") }),
        ["WK-BOUND"] = Payment(c => c with { Policy = c.Policy.Declaring("queue-limit", "none") }),
        ["WK-FANIN"] = topology => topology with
        {
            Ingresses = [new("shop", "i", "a", "/", "front-end", "deployment/shop/front-end"), new("shop", "i", "b", "/", "front-end", "deployment/shop/front-end")],
        },
        ["WK-CYCLE"] = topology => topology with
        {
            Dependencies = [.. topology.Dependencies, new Dependency("deployment/shop/payment", "deployment/shop/orders", 1, [])],
        },
        ["WK-SVC-DANGLING"] = topology => topology with { Services = [new("shop", "s", "ClusterIP", [], []) { Selector = "app=gone" }] },
        ["WK-ING-DANGLING"] = topology => topology with { Ingresses = [new("shop", "i", "a", "/", "gone", "")] },
        ["WK-RESTARTS"] = Payment(c => c with { Pods = [.. c.Pods.Select(pod => pod with { Restarts = 9 })] }),
        ["WK-NOTREADY"] = Payment(c => c with { Ready = 1 }),
        ["WK-EDGE-ERRORS"] = Traffic(new EdgeTraffic(100, 20, TimeSpan.FromMilliseconds(5))),
        ["WK-EDGE-SLOW"] = Traffic(new EdgeTraffic(100, 0, TimeSpan.FromSeconds(3))),
        ["WK-NODE-NOTREADY"] = topology => topology with { Nodes = [.. topology.Nodes.Select(node => node with { Ready = false })] },
        ["WK-JOB-DEADLINE"] = Payment(c => c with { Kind = TargetKind.Job }),
        ["WK-JOB-BACKOFF"] = Payment(c => c with { Kind = TargetKind.Job, Policy = c.Policy with { BackoffLimit = 0 } }),
        ["WK-JOB-TTL"] = Payment(c => c with { Kind = TargetKind.Job }),
        ["WK-PROC-SINGLE"] = Programs,
        ["WK-PROC-RESTART"] = Programs,
        ["WK-PROC-REMOTE"] = Programs,
        ["WK-HOST-SHARED"] = Programs,
    };

    public static TheoryData<string> Rules { get; } = [.. RuleBook.All.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_sees_its_weakness(string rule) =>
        Assert.Contains(RuleBook.Examine(Breaking[rule](SketchedShop.Topology())), f => f.Rule == rule && f.Answer == Answer.Violated && f.Observed.Length > 0);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_is_not_violated_where_nothing_is_wrong(string rule)
    {
        // The sketch has no autoscaler; everything else about it is in order.
        var topology = SketchedShop.Topology() with { Autoscalers = [new("shop", "front", "deployment/shop/front-end", 2, 5)] };

        Assert.DoesNotContain(RuleBook.Examine(topology), f => f.Rule == rule && f.Answer == Answer.Violated);
    }

    [Fact]
    public void What_nobody_declares_is_unknown_and_no_weakness()
    {
        var silent = Change("orders", c => c with { Policy = c.Policy with { Declared = new Dictionary<string, string>() } })(SketchedShop.Topology());

        Assert.Equal(
            [Answer.Unknown],
            RuleBook.Examine(silent).Where(f => f.Rule == "WK-TIMEOUT" && f.Component == "deployment/shop/orders").Select(f => f.Answer).Distinct());
    }

    [Fact]
    public void A_declaration_that_names_its_dependency_says_nothing_about_others()
    {
        var orders = Change("orders", c => c with { Policy = c.Policy.Declaring("client-timeout", "none").Declaring("client-timeout-to", "payment") })(SketchedShop.Topology());

        var answers = RuleBook.Examine(orders).Where(f => f.Rule == "WK-TIMEOUT" && f.Component == "deployment/shop/orders").ToDictionary(f => f.Hits[0], f => f.Answer);

        Assert.Equal((Answer.Violated, Answer.Unknown), (answers["deployment/shop/payment"], answers["statefulset/shop/orders-db"]));
    }

    [Fact]
    public void A_store_is_known_by_its_port_whatever_its_name()
    {
        var plain = Payment(c => c with { Replicas = 1, Ready = 1, Containers = [c.Containers[0] with { Ports = [new ContainerPort("", 5432, "TCP")] }] });

        Assert.Contains(RuleBook.Examine(plain(SketchedShop.Topology())), f => f is { Rule: "WK-STATEFUL-SINGLE", Answer: Answer.Violated, Component: "deployment/shop/payment" });
    }

    [Fact]
    public void A_service_of_one_member_of_a_stateful_set_does_not_dangle()
    {
        var topology = SketchedShop.Topology() with
        {
            Services = [new("shop", "orders-db-0", "ClusterIP", [], []) { Selector = "statefulset.kubernetes.io/pod-name=orders-db-0" }],
        };

        Assert.Equal(Answer.Satisfied, Assert.Single(RuleBook.Examine(topology), f => f.Rule == "WK-SVC-DANGLING").Answer);
    }

    /// <summary>Two hosts beside the shop: a program on one calls two on the other, and none is a service of systemd.</summary>
    private static Topology Programs(Topology topology)
    {
        Component Program(string host, string name) => new() { Kind = TargetKind.Process, Namespace = host, Name = name, Replicas = 1, Ready = 1, Policy = new WorkloadPolicy { RestartPolicy = "no" } };
        Dependency Edge(string from, string to) => new(from, to, 1, []);
        return topology with
        {
            Components = [.. topology.Components, new Component { Kind = TargetKind.Host, Namespace = "", Name = "db1", Replicas = 1, Ready = 1 }, Program("web1", "app"), Program("db1", "redis"), Program("db1", "queue")],
            Dependencies = [.. topology.Dependencies, Edge("process/web1/app", "process/db1/redis"), Edge("process/web1/app", "process/db1/queue")],
        };
    }

    private static Func<Topology, Topology> Payment(Func<Component, Component> change) => Change("payment", change);

    private static Func<Topology, Topology> Containers(Func<Container, Container> change) => Payment(c => c with { Containers = [change(c.Containers[0])] });

    private static Func<Topology, Topology> Change(string name, Func<Component, Component> change) => topology => topology with
    {
        Components = [.. topology.Components.Select(component => component.Name == name ? change(component) : component)],
    };

    private static Func<Topology, Topology> Traffic(EdgeTraffic traffic) => topology => topology with
    {
        Dependencies = [.. topology.Dependencies.Select(edge => edge with { Traffic = traffic })],
    };
}
