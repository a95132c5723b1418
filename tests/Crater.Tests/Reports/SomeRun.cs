using Crater.Discovery;
using Crater.Drivers;
using Crater.Faults;
using Crater.Journals;
using Crater.Measurements;
using Crater.Reports;
using Crater.Targets;
using Crater.Tests.Measurements;

namespace Crater.Tests.Reports;

/// <summary>A run of the shop as it could have been: the only carts-db pod is killed, the front end fails for eight seconds, all is put back.</summary>
internal sealed class SomeRun
{
    public static readonly DateTimeOffset Start = new(2026, 3, 4, 14, 30, 0, 120, TimeSpan.Zero);

    public string Title { get; init; } = "The cart survives losing its database pod";

    public string Pod { get; init; } = "carts-db-0";

    public bool LeavesResidue { get; init; }

    public bool IsFelt { get; init; } = true;

    public bool WithLoad { get; init; } = true;

    public static RunId Id { get; } = new("chaos-1a2b3c4d");

    public Injection Injection => new()
    {
        Run = Id,
        Sequence = 1,
        Activity = "kill one carts-db pod",
        Fault = new Fault { Name = "pod-kill", AskedAs = "pod-delete", Arguments = new Dictionary<string, string> { ["grace-period"] = "0s" } },
        Target = new Target { Kind = TargetKind.Pod, Namespace = "shop", Name = Pod, Component = "statefulset/shop/carts-db", Node = "node2" },
        Driver = "kubernetes",
        Duration = TimeSpan.FromSeconds(30),
    };

    /// <summary>Seconds after <see cref="Start"/> and what is journaled then, in order.</summary>
    public IEnumerable<(double Second, JournalEvent Event)> Journal()
    {
        var before = new Fingerprint("ready=1 replicas=1");
        yield return (0, new RunPlanned
        {
            Run = Id,
            Title = Title,
            Format = 1,
            Seed = 4711,
            Injections = [Injection],
            StartedBy = "ann@laptop",
            Version = "0.1.0",
            Against = "crater-lab",
            Files = new Dictionary<string, string>(),
        });
        yield return (0.01, new PhaseEntered(RunPhase.SteadyStateBefore));
        yield return (0.2, new ProbeMeasured("checkout answers", ProbeMoment.Before, true, "200", "200"));
        yield return (10.0, new PhaseEntered(RunPhase.Injecting));
        yield return (10.02, new TargetClaimed(Injection.Target.Id.Value));
        yield return (10.05, new InjectionIntended(Injection, new Preparation { Before = before }, "kubernetes"));
        yield return (10.31, new InjectionInjected(1, "DELETE pod with grace period 0 s"));
        yield return (10.33, new PhaseEntered(RunPhase.Watching));
        yield return (11.4, new InjectionSeen(1, Presence.Present, "ready is 0 of 1"));
        if (IsFelt)
        {
            yield return (12.5, new ProbeMeasured("checkout answers", ProbeMoment.During, false, "0.07920792079207921", "200"));
        }

        yield return (18.5, new ProbeMeasured("checkout answers", ProbeMoment.During, true, "200", "200"));
        yield return (40.31, new PhaseEntered(RunPhase.Recovering));
        yield return (40.32, new RecoveryIntended(1));
        yield return (40.40, new InjectionLifted(1));
        yield return (40.41, new GuardWatched("error_rate above 0.9 for 5s", 30, 0, 0.475));
        if (LeavesResidue)
        {
            yield return (70.4, new RecoveryFailed(1, "the stateful set has 0 of 1 pods ready after 30 s", "kubectl -n shop get pods -l app=carts-db"));
            yield return (70.5, new VerdictReached(Verdict.Refuted, ["checkout answers: saw 503, expected 200"]));
            yield break;
        }

        yield return (40.61, new InjectionRecovered(1, new Certificate
        {
            Sequence = 1,
            Before = before,
            After = before,
            Presence = Presence.Absent,
            Evidence = "statefulset/shop/carts-db has 1 of 1 pods ready",
        }));
        yield return (40.7, new PhaseEntered(RunPhase.SteadyStateAfter));
        yield return (41.0, new ProbeMeasured("checkout answers", ProbeMoment.After, true, "200", "200"));
        yield return (50.0, IsFelt
            ? new VerdictReached(Verdict.Refuted, ["checkout answers: saw 0.07920792079207921, expected 200, while the fault was in place"])
            : new VerdictReached(Verdict.Upheld, ["checkout answers: 200 before, during and after"]));
        yield return (50.1, new RunClosed(new Dictionary<string, string>()));
    }

    /// <summary>Measurements that a one-second recorder would have made; drawn with a fixed seed.</summary>
    public IReadOnlyList<MetricRow> Metrics()
    {
        var dice = new Random(11);
        List<MetricRow> rows = [];
        for (var second = 1; second <= (WithLoad ? 50 : 0); second++)
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(Start.ToUnixTimeSeconds() + second);
            var isDown = IsFelt && second is >= 11 and < 19;
            var failed = isDown ? 12 + dice.Next(9) : second == 5 ? 1 : 0;
            void Add(string metric, double value, long samples, string component = "", string source = "load") =>
                rows.Add(new MetricRow(at, Phase(second), metric, component, value, samples, source));

            Add(KnownMetrics.Throughput, 40 - failed, 40);
            Add(KnownMetrics.ErrorRate, failed / 40d, 40);
            Add(KnownMetrics.LatencyP50, 0.006 + dice.NextDouble() * 0.002 + (isDown ? 0.4 : 0), 40);
            Add(KnownMetrics.LatencyP95, 0.018 + dice.NextDouble() * 0.006 + (isDown ? 1.9 : 0), 40);
            Add(KnownMetrics.LatencyP99, 0.031 + dice.NextDouble() * 0.010 + (isDown ? 2.4 : 0), 40);
            if (failed > 0)
            {
                Add("errors_5xx", failed, 40);
            }

            Add(KnownMetrics.ReadyReplicas, second is >= 11 and < 17 ? 0 : 1, 1, "statefulset/shop/carts-db", "kubernetes");
            Add(KnownMetrics.ErrorRate, isDown ? 0.5 + dice.NextDouble() * 0.2 : 0, 12, "deployment/shop/carts", "pods");
            Add(KnownMetrics.ErrorRate, isDown ? 0.3 + dice.NextDouble() * 0.1 : 0, 40, "deployment/shop/front-end", "pods");
            Add(KnownMetrics.ErrorRate, 0, 9, "deployment/shop/orders", "pods");
        }

        return rows;
    }

    public static Topology Topology()
    {
        static Component Of(TargetKind kind, string name, Tier tier, int replicas, bool isEntry = false, bool isCut = false) => new()
        {
            Kind = kind,
            Namespace = "shop",
            Name = name,
            Tier = tier,
            Replicas = replicas,
            Ready = replicas,
            IsEntryPoint = isEntry,
            IsArticulationPoint = isCut,
            Containers = [new Container { Name = name, Image = $"crater/shop:{name}" }],
        };
        static Dependency Edge(string from, string to) => new($"deployment/shop/{from}", to, 1, [new Evidence("traffic", "1234 requests")]);
        return new Topology
        {
            Source = "crater-lab",
            Version = "v1.32.4",
            Components =
            [
                Of(TargetKind.Deployment, "edge-router", Tier.Edge, 1, isEntry: true, isCut: true), Of(TargetKind.Deployment, "front-end", Tier.Frontend, 2),
                Of(TargetKind.Deployment, "catalogue", Tier.Backend, 2), Of(TargetKind.Deployment, "carts", Tier.Backend, 1, isCut: true),
                Of(TargetKind.Deployment, "orders", Tier.Backend, 2), Of(TargetKind.Deployment, "user", Tier.Backend, 2),
                Of(TargetKind.Deployment, "payment", Tier.Backend, 2), Of(TargetKind.Deployment, "shipping", Tier.Backend, 1),
                Of(TargetKind.Deployment, "queue-master", Tier.Worker, 1), Of(TargetKind.StatefulSet, "broker", Tier.Queue, 1),
                Of(TargetKind.StatefulSet, "catalogue-db", Tier.Data, 1), Of(TargetKind.StatefulSet, "carts-db", Tier.Data, 1, isCut: true),
                Of(TargetKind.StatefulSet, "orders-db", Tier.Data, 2), Of(TargetKind.StatefulSet, "user-db", Tier.Data, 1),
            ],
            Dependencies =
            [
                Edge("edge-router", "deployment/shop/front-end"), Edge("front-end", "deployment/shop/catalogue"), Edge("front-end", "deployment/shop/carts"),
                Edge("front-end", "deployment/shop/orders"), Edge("front-end", "deployment/shop/user"), Edge("carts", "statefulset/shop/carts-db"),
                Edge("catalogue", "statefulset/shop/catalogue-db"), Edge("orders", "statefulset/shop/orders-db"), Edge("orders", "deployment/shop/payment"),
                Edge("orders", "deployment/shop/shipping"), Edge("orders", "deployment/shop/carts"), Edge("orders", "deployment/shop/user"),
                Edge("user", "statefulset/shop/user-db"), Edge("shipping", "statefulset/shop/broker"), Edge("queue-master", "statefulset/shop/broker"),
            ],
        };
    }

    public string Document() => $"""
        title: {System.Text.Json.JsonSerializer.Serialize(Title)}
        description: Kills the only pod of the cart's database and watches whether shoppers can still check out.
        risk: DB-1
        steady-state-hypothesis:
          title: Shoppers can check out
          probes:
            - {"{"}name: checkout answers, type: probe, tolerance: 200, provider: {"{"}type: http, url: "http://front-end/checkout"{"}"}{"}"}
        method:
          - type: action
            name: kill one carts-db pod
            provider:
              type: fault
              fault: pod-delete
              target: {"{"}namespace: shop, labels: "app=carts-db", count: 1{"}"}
              duration: 30s
        guards:
          - {"{"}metric: error_rate, above: 0.9, for: 5s{"}"}
        """;

    public RunEvidence Evidence()
    {
        var events = Journal().Select((line, index) => line.Event with { Number = index + 1, At = Start.AddSeconds(line.Second) }).ToList();
        return new RunEvidence
        {
            Events = events,
            Document = DocumentWords.Read(Document(), isJson: false),
            ExperimentText = Document(),
            Topology = Topology(),
            Metrics = Metrics(),
        };
    }

    /// <summary>Writes the run folder as the product does: journal line by line, document, topology, measurements.</summary>
    public RunFolder Write(string root)
    {
        var clock = new ManualClock(Start);
        var folder = new RunFolders(root, clock).Create(Id);
        folder.Write("experiment.yaml", Document());
        folder.Write(RunFolder.TopologyFile, TopologyJson.Write(Topology()));
        MetricsFile.Append(folder.PathOf(MetricsFile.Name), Metrics());
        using var journal = folder.OpenJournal();
        foreach (var (second, entry) in Journal())
        {
            clock.Advance(Start.AddSeconds(second) - clock.GetUtcNow());
            journal.Append(entry);
        }

        return folder;
    }

    public ReportModel Report() => RunReport.From(Evidence(), new RiskNotes(
        "PG-2", "The database has a single instance", ["Run a follower and fail over to it."], ["Scale the stateful set up and restore from the last backup."]));

    private static string Phase(int second) => second switch { < 10 => "SteadyStateBefore", < 40 => "Watching", 40 => "Recovering", _ => "SteadyStateAfter" };
}
