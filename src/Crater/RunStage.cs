using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Load;
using Crater.Measurements;
using Crater.Runs;
using Crater.Runs.Activities;
using Crater.Runs.Controls;

namespace Crater;

/// <summary>What a surface wants of one run beside the plan.</summary>
public sealed record RunWishes
{
    /// <summary>Traffic beside the experiment; null takes the document's own, if it has one.</summary>
    public LoadRequest? Load { get; init; }

    /// <summary>How long the load runs before anything else, so that there is a "before" to compare with.</summary>
    /// <value>Default: 8 s, which fills a guard's window of 5 s with whole seconds.</value>
    public TimeSpan Baseline { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the load goes on when everything is put back, so that there is an "after" to compare with. An abort cuts it short.</summary>
    /// <value>Default: 5 s.</value>
    public TimeSpan Aftermath { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The topology as it was when the run was planned; goes into the run folder.</summary>
    public Topology? Topology { get; init; }

    /// <summary>How the document is played; null for what the document itself says.</summary>
    public RunManner? Manner { get; init; }

    public IControls Controls { get; init; } = NoControls.Instance;

    /// <summary>Calls Python functions that are not native; null when there is no interpreter to call.</summary>
    public IPython? Python { get; init; }

    public string Version { get; init; } = "";

    public string Against { get; init; } = "";

    /// <summary>Told of every journal event when it is written.</summary>
    public IProgress<JournalEvent>? Progress { get; init; }

    /// <summary>Given the run's sources once they are open, so that a live view can read them; null for none.</summary>
    public Action<IReadOnlyList<IMetricSource>>? Watch { get; init; }
}

/// <summary>Sets the stage for one run: load and recorder begin before it and end after it, whatever happens in between.</summary>
public sealed class RunStage(World world, RunFolders folders, TimeProvider clock, string who)
{
    public async Task<RunOutcome> PlayAsync(Plan plan, Experiment experiment, RunWishes wishes, AbortSignal abort)
    {
        ToolkitJournalFile.Check(wishes.Manner?.JournalPath ?? "");
        List<Problem> problems = [.. plan.Problems.Where(problem => !problem.IsWarning)];
        experiment = wishes.Topology is { } topology ? ComponentNames.Resolve(experiment, topology, problems) : experiment;
        if (problems.Count > 0)
        {
            throw CraterException.For($"The plan of '{plan.Title}'", problems);
        }

        if (wishes.Python is { } python)
        {
            python.OnInterrupt = ended => abort.Request("python", ended.Message, ended.IsUngraceful);
        }

        var load = (wishes.Load ?? experiment.Load) is { } request ? new LoadGenerator(PlanOf(request, plan.Seed), clock) : null;
        IReadOnlyList<IMetricSource> sources = load is null ? world.Sources : [new LoadMetricSource(load.Series), .. world.Sources];
        var phase = RunPhase.Planned;
        // Where nothing can be read, nothing is recorded; a document without injections often has neither load nor sources.
        var recorder = sources.Count == 0 ? null : new MetricsRecorder(
            sources, Watched(plan, experiment, wishes.Topology), folders.Create(plan.Run).PathOf(RunFolder.MetricsFile), clock, () => phase.ToString());
        await using var instruments = new RunInstruments(load, recorder);
        wishes.Watch?.Invoke(sources);
        if (load is not null)
        {
            await Task.Delay(wishes.Baseline, clock, abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var asked = Request(plan, experiment, wishes, sources, entered => phase = entered) with
        {
            WriteFiles = async (_, _) =>
            {
                if (load is not null)
                {
                    await Task.Delay(wishes.Aftermath, clock, abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await instruments.StopAsync();      // what is hashed from here on must not change any more
                return [];
            },
        };
        return await new RunConductor(folders, clock).RunAsync(asked, abort);
    }

    /// <summary>Goes on with a run whose process died; <see cref="RunResume"/> says how.</summary>
    public async Task<RunOutcome> ResumeAsync(RunFolder folder, ResumeChoice choice, bool playsAgain, Experiment experiment, RunWishes wishes, AbortSignal abort)
    {
        if (wishes.Python is { } python)
        {
            python.OnInterrupt = ended => abort.Request("python", ended.Message, ended.IsUngraceful);
        }

        var plan = new Plan { Run = folder.Run, Title = experiment.Title, Seed = 0, Faults = [], Duration = TimeSpan.Zero };
        return await new RunResume(folders, clock).RunAsync(folder, choice, playsAgain, Request(plan, experiment, wishes, world.Sources, _ => { }), abort);
    }

    private RunRequest Request(Plan plan, Experiment experiment, RunWishes wishes, IReadOnlyList<IMetricSource> sources, Action<RunPhase> entered)
    {
        var activities = new ActivityPlayer(sources, clock, wishes.Python);
        return new RunRequest
        {
            Plan = plan,
            // A secret written into a document must not be copied into the run folder with it.
            Experiment = experiment with { Source = experiment.Secrets.Mask(experiment.Source) },
            Drivers = world.Drivers,
            Claims = world.Claims,
            Activities = activities,
            Judge = activities.JudgeAsync,
            Sources = sources,
            Manner = wishes.Manner ?? RunManner.Of(experiment),
            Controls = wishes.Controls,
            Topology = wishes.Topology is { } topology ? TopologyJson.Write(topology) : "",
            StartedBy = who,
            Version = wishes.Version,
            Against = wishes.Against,
            Progress = new PhaseFollower(entered, wishes.Progress),
        };
    }

    /// <summary>What is recorded beside the load: the state of every component that is hit, the errors of those that depend on it, and what the guards read.</summary>
    private static List<MetricQuery> Watched(Plan plan, Experiment experiment, Topology? topology)
    {
        var window = TimeSpan.FromSeconds(5);
        var components = plan.Injections.Select(injection => injection.Target.Component).Where(component => component.Length > 0).Distinct().ToArray();
        string[] metrics = [KnownMetrics.ReadyReplicas, KnownMetrics.Restarts, KnownMetrics.CpuUsage, KnownMetrics.MemoryUsage];
        var ofTargets = components.SelectMany(component => metrics.Select(metric => new MetricQuery(metric, component, window)));
        var callers = Callers(components, topology?.Dependencies ?? []).Select(component => new MetricQuery(KnownMetrics.ErrorRate, component, window));
        var ofGuards = experiment.Guards.Where(guard => guard.Metric.Length + guard.PromQl.Length > 0)
            .Select(guard => new MetricQuery(guard.PromQl.Length > 0 ? guard.PromQl : guard.Metric, guard.Component, guard.Window, guard.PromQl.Length > 0));
        return [.. ofTargets.Concat(callers).Concat(ofGuards).DistinctBy(query => (query.Metric, query.Component))];
    }

    /// <summary>Everything that depends on one of these, directly or through others: where the blast may be seen.</summary>
    private static HashSet<string> Callers(IReadOnlyCollection<string> components, IReadOnlyList<Dependency> dependencies)
    {
        HashSet<string> callers = [];
        Queue<string> open = new(components);
        while (open.TryDequeue(out var component))
        {
            foreach (var dependency in dependencies.Where(dependency => dependency.To == component && callers.Add(dependency.From)))
            {
                open.Enqueue(dependency.From);
            }
        }

        return callers;
    }

    /// <summary>What the document asks for, as the generator understands it.</summary>
    public static LoadPlan PlanOf(LoadRequest request, int seed) => new()
    {
        Rate = request.Rate,
        Timeout = request.Timeout,
        Seed = seed,
        Scenarios = [.. request.Scenarios.Select(scenario => new Scenario(scenario.Name, scenario.Weight, scenario.Method, new Uri(scenario.Url))
        {
            Body = scenario.Body is { } body ? System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()) : null,
        })],
    };

    private sealed class PhaseFollower(Action<RunPhase> entered, IProgress<JournalEvent>? next) : IProgress<JournalEvent>
    {
        public void Report(JournalEvent value)
        {
            if (value is PhaseEntered phase)
            {
                entered(phase.Phase);
            }

            next?.Report(value);
        }
    }
}
