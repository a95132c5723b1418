using System.Diagnostics;
using Crater.Cli.Terminal;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Load;
using Crater.Measurements;
using Crater.Models.Pilot;
using Crater.Runs;

namespace Crater.Cli.Composition;

/// <summary>What a session may touch: experiments through the control plane, as <c>craterctl run</c> does them, and requests to the routes that were named.</summary>
/// <param name="load">Traffic beside each run; null for none.</param>
internal sealed class PilotExecutor(ClusterBench bench, ControlPlane control, LoadRequest? load, Uri? availability, string reports, Output output, Surroundings surroundings) : IExecutor, IDisposable
{
    /// <summary>A load that nearly nobody is answered under any more has told what it can tell.</summary>
    private const double StressErrorsMax = 0.5;

    private static readonly TimeSpan StressGuardWindow = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (Plan Plan, Experiment Experiment)> _plans = new(StringComparer.Ordinal);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = availability is not { IsLoopback: true } }) { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<IReadOnlyDictionary<string, ComponentState>> StateAsync(CancellationToken abort) =>
        (await control.DiscoverAsync(abort)).Components.OrderBy(component => component.Id, StringComparer.Ordinal)
        .ToDictionary(component => component.Id, component => new ComponentState(component.Ready, component.Replicas), StringComparer.Ordinal);

    public async Task<TrialPlan> PlanAsync(TrialOrder order, CancellationToken abort)
    {
        var experiment = ExperimentReader.Read(order.Document, DocumentFormat.Yaml, new ReadOptions { Environment = surroundings.Environment }).OrThrow(order.Proposal);
        var plan = await control.PlanAsync(experiment, Chance.Seed(), abort);
        _plans[plan.Run.Value] = (plan, experiment);
        return new TrialPlan(
            plan.Run.Value, plan.Title, plan.Faults.Sum(fault => fault.Injections.Max(injection => injection.Duration.TotalSeconds)),
            [.. plan.Injections.Select(injection => new TrialTarget(injection.Fault.Name, injection.Target.Id.Value, injection.Target.Namespace, injection.Target.Component, injection.Duration.TotalSeconds))],
            [.. plan.Problems.Where(problem => !problem.IsWarning).Select(problem => problem.ToString())]);
    }

    public async Task<TrialResult> RunAsync(TrialPlan plan, CancellationToken stop)
    {
        var (drawn, experiment) = _plans[plan.Run];
        var wishes = new RunWishes { Load = load, Topology = await control.DiscoverAsync(stop), Version = RunDesk.Version, Against = bench.Name };
        var outcome = await new RunShow(control, output, surroundings, isPart: true).PlayAsync(drawn, experiment, wishes, reports, output.IsLive, stop);
        var events = RunDesk.Folders(surroundings).Folder(outcome.Run).OpenJournal().Read();
        return new TrialResult(
            outcome.Run.Value, outcome.Verdict.ToString().ToLowerInvariant(), outcome is { IsClean: true, JournalFailure.Length: 0 },
            outcome.StoppedBy is AbortRequested || stop.IsCancellationRequested,
            (outcome.StoppedBy as GuardTripped)?.Guard ?? "",
            [.. events.OfType<ProbeMeasured>().Where(probe => probe is { Met: false, When: ProbeMoment.During }).Select(probe => probe.Probe).Distinct()],
            FindingOf(outcome));
    }

    public async Task<StressResult> StressAsync(StressOrder order, CancellationToken stop)
    {
        var plan = new LoadPlan
        {
            Rate = order.Users,
            Scenarios = [new Scenario("route", 1, "GET", new Uri(order.Route))],
            ConcurrencyMax = (int)Math.Min(20_000, Math.Max(100, order.Users * 5L)),
            Duration = TimeSpan.FromSeconds(order.Seconds),
        };
        output.Line($"Stressing {order.Route}: {order.Users} requests a second for {order.Seconds} s");
        using var generator = new LoadGenerator(plan, surroundings.Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loading = generator.RunAsync(over.Token);
        while (!loading.IsCompleted && generator.Series.Window(StressGuardWindow) is not { ErrorRate: > StressErrorsMax, Completed: > 10 })
        {
            await Task.WhenAny(loading, Task.Delay(TimeSpan.FromSeconds(1), surroundings.Clock, CancellationToken.None));
        }

        await over.CancelAsync();
        var summary = await loading;
        return new StressResult(
            order.Route, order.Users, summary.Sent, summary.Completed, summary.Errors.Total,
            summary.Latencies.Percentile(0.95)?.TotalSeconds, summary.Lag.Percentile(0.99)?.TotalSeconds ?? 0, stop.IsCancellationRequested);
    }

    public async Task<Availability> ProbeAsync(CancellationToken abort)
    {
        var began = surroundings.Clock.GetTimestamp();
        using var late = new CancellationTokenSource(ProbeTimeout, surroundings.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, abort);
        try
        {
            using var answer = await _http.GetAsync(availability ?? throw new UnreachableException(), HttpCompletionOption.ResponseHeadersRead, either.Token);
            return new Availability((int)answer.StatusCode, surroundings.Clock.GetElapsedTime(began).TotalSeconds);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !abort.IsCancellationRequested))
        {
            return new Availability(0, surroundings.Clock.GetElapsedTime(began).TotalSeconds);
        }
    }

    public async Task<double?> MeasureAsync(string metric, string component, CancellationToken abort)
    {
        var query = new MetricQuery(metric, component, TimeSpan.FromSeconds(30));
        return bench.World.Sources.FirstOrDefault(source => source.Knows(query)) is { } source ? (await source.ReadAsync(query, abort))?.Value : null;
    }

    public Task<IReadOnlyList<string>> EventsAsync(string run, CancellationToken abort) =>
        Task.FromResult<IReadOnlyList<string>>([.. RunDesk.Folders(surroundings).Folder(new RunId(run)).OpenJournal().Read().Select(RunLines.Of).OfType<string>()]);

    public async Task<string> AbortAsync(string run, CancellationToken abort)
    {
        var outcome = await control.AbortAsync(run, "the pilot asked for it", abort);
        return outcome is null ? "it has been asked to end" : outcome.IsClean ? "it has ended, and everything is as it was" : "it has ended, and something may be left behind: a person has to look";
    }

    public Task RestAsync(TimeSpan time, CancellationToken abort) => Task.Delay(time, surroundings.Clock, abort);

    public void Dispose() => _http.Dispose();

    // The report is a view of the run: where it cannot be made, the run itself still stands.
    private string FindingOf(RunOutcome outcome)
    {
        try
        {
            return control.Report(outcome.Run.Value, copies: null).Model.Finding;
        }
        catch (Diagnostics.CraterException)
        {
            return string.Join(" ", outcome.Reasons);
        }
    }
}
