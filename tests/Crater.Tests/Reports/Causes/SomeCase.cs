using Crater.Discovery;
using Crater.Drivers;
using Crater.Faults;
using Crater.Journals;
using Crater.Measurements;
using Crater.Reports;
using Crater.Reports.Causes;
using Crater.Targets;
using Crater.Tests.Advice;

namespace Crater.Tests.Reports.Causes;

/// <summary>A run on the sketched shop whose cause is known, because the test has planted it: ten seconds of calm, ten of a fault, ten after it.</summary>
internal sealed record SomeCase
{
    public static readonly DateTimeOffset Start = new(2026, 3, 4, 14, 30, 0, TimeSpan.Zero);

    public string Fault { get; init; } = "pod-kill";

    /// <summary>Name of the component that is hit.</summary>
    public string Hit { get; init; } = "orders-db";

    /// <summary>The risk that the experiment names; empty for none.</summary>
    public string Risk { get; init; } = "DB-1";

    public IReadOnlyList<Component> Changed { get; init; } = [SketchedShop.Store("orders-db", replicas: 1)];

    /// <summary>Names of the components that lose requests, besides the users.</summary>
    public IReadOnlyList<string> Feel { get; init; } = ["orders", "front-end"];

    public bool IsFelt { get; init; } = true;

    /// <summary>There is load, and a probe is asked.</summary>
    public bool IsWatched { get; init; } = true;

    public bool IsUnwellBefore { get; init; }

    public bool HasBlindGuard { get; init; }

    public bool IsPut { get; init; } = true;

    public bool HasTopology { get; init; } = true;

    /// <summary>What the probe saw when it missed, and what the guard gave as its reason.</summary>
    public string Message { get; init; } = "503";

    public string ProbeName { get; init; } = "checkout answers";

    public Topology Topology => SketchedShop.Topology([.. Changed]);

    public CaseFile File => CaseFile.Of(Evidence());

    public ReportModel Report(Narrative? narrative = null) => RunReport.From(Evidence() with { Narrative = narrative }, risk: null);

    public RunEvidence Evidence() => new()
    {
        Events = [.. Journal().Select((line, index) => line.Event with { Number = index + 1, At = Start.AddSeconds(line.Second) })],
        Document = DocumentWords.Read($"title: a case\nrisk: {Risk}\n", isJson: false),
        Topology = HasTopology ? Topology : null,
        Metrics = IsWatched ? Metrics() : [],
    };

    private string Id(string name) => Topology.Components.First(component => component.Name == name).Id;

    private IEnumerable<(double Second, JournalEvent Event)> Journal()
    {
        var injection = new Injection
        {
            Run = SomeRun.Id,
            Sequence = 1,
            Activity = "break it",
            Fault = new Fault { Name = Fault, AskedAs = "", Arguments = new Dictionary<string, string>() },
            Target = new Target { Kind = TargetKind.Pod, Namespace = "shop", Name = $"{Hit}-0", Component = Id(Hit), Node = "node1" },
            Driver = "kubernetes",
            Duration = TimeSpan.FromSeconds(10),
        };
        yield return (0, new RunPlanned { Run = SomeRun.Id, Title = "a case", Format = 1, Seed = 4711, Injections = [injection], Files = new Dictionary<string, string>() });
        if (IsWatched || IsUnwellBefore)
        {
            yield return (1, new ProbeMeasured(ProbeName, ProbeMoment.Before, !IsUnwellBefore, IsUnwellBefore ? Message : "200", "200"));
        }

        yield return (10.0, new InjectionIntended(injection, new Preparation { Before = new Fingerprint("well") }, "kubernetes"));
        if (!IsPut)
        {
            yield return (10.1, new InjectionFailed(1, Message));
            yield return (10.2, new InjectionRecovered(1, Clean()));
            yield return (10.3, new VerdictReached(Verdict.Inconclusive, ["the fault was never in place"]));
            yield break;
        }

        yield return (10.2, new InjectionInjected(1, "as asked"));
        yield return (11.0, new InjectionSeen(1, Presence.Present, "it is there"));
        if (IsWatched)
        {
            yield return (12.0, new ProbeMeasured(ProbeName, ProbeMoment.During, !IsFelt, IsFelt ? Message : "200", "200"));
        }

        if (HasBlindGuard)
        {
            yield return (13.0, new GuardTripped("error_rate above 0.5 for 5s", Message, null, IsBlind: true));
        }

        yield return (20.0, new RecoveryIntended(1));
        yield return (20.1, new InjectionLifted(1));
        yield return (20.3, new InjectionRecovered(1, Clean()));
        yield return (30.0, new VerdictReached(!IsWatched || HasBlindGuard || IsUnwellBefore ? Verdict.Inconclusive : IsFelt ? Verdict.Refuted : Verdict.Upheld, ["as measured"]));
        yield return (30.1, new RunClosed(new Dictionary<string, string>()));
    }

    private static Certificate Clean() => new() { Sequence = 1, Before = new Fingerprint("well"), After = new Fingerprint("well"), Presence = Presence.Absent, Evidence = "as it was" };

    private List<MetricRow> Metrics()
    {
        List<MetricRow> rows = [];
        for (var second = 0; second < 30; second++)
        {
            var at = Start.AddSeconds(second);
            var isDown = IsFelt && second is >= 11 and < 19;
            rows.Add(new MetricRow(at, "", KnownMetrics.ErrorRate, "", isDown ? 0.4 : 0, 40, "load"));
            rows.Add(new MetricRow(at, "", KnownMetrics.LatencyP95, "", isDown ? 2 : 0.02, 40, "load"));
            rows.AddRange(Topology.Components.Select(component => new MetricRow(at, "", KnownMetrics.ErrorRate, component.Id, isDown && Feel.Contains(component.Name) ? 0.6 : 0, 20, "pods")));
        }

        return rows;
    }
}
