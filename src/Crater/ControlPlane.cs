using Crater.Advice;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;
using Crater.Reports;
using Crater.Risks;
using Crater.Runs;

namespace Crater;

/// <summary>One place that experiments run against, and everything in it that can look and act.</summary>
/// <param name="Sources">Metrics beside those of the run's own load, in order of preference.</param>
public sealed record World(
    ITopologySource Topology, ITargets Targets, IClaims Claims, IReadOnlyList<IDriver> Drivers, IReadOnlyList<IMetricSource> Sources)
{
    /// <summary>Drivers that no new run may use; what is in place by them is recovered all the same.</summary>
    public IReadOnlyList<string> ForbiddenDrivers { get; init; } = [];
}

/// <summary>Everything a surface can ask for, in the order in which an experiment lives. Surfaces call this and decide nothing.</summary>
/// <param name="who">user@host, for the journal.</param>
public sealed class ControlPlane(World world, RunFolders folders, TimeProvider clock, string who)
{
    /// <summary>Looks at what runs.</summary>
    public Task<Topology> DiscoverAsync(CancellationToken abort) => world.Topology.DiscoverAsync(abort);

    /// <summary>Says what is worth breaking, and why. Cannot act.</summary>
    public static Advisory Advise(Topology topology, AdviceOptions options) => Advisor.Propose(topology, RiskCatalogue.BuiltIn, options);

    /// <summary>Reads a document and finds every problem in it.</summary>
    public static ExperimentReading Read(string path, ReadOptions options) => ExperimentReader.ReadFile(path, options);

    /// <summary>Draws the targets and checks the blast radius. Touches nothing.</summary>
    public Task<Plan> PlanAsync(Experiment experiment, int seed, CancellationToken abort) =>
        new Planner(world.Targets, world.Claims, world.Drivers, world.ForbiddenDrivers).PlanAsync(experiment, RunId.New(new Random(seed)), seed, abort);

    /// <summary>Inject, watch, recover, prove. Always ends with an outcome; nobody can cancel its recovery.</summary>
    public Task<RunOutcome> RunAsync(Plan plan, Experiment experiment, RunWishes wishes, AbortSignal abort) =>
        new RunStage(world, folders, clock, who).PlayAsync(plan, experiment, wishes, abort);

    /// <summary>Goes on with a run whose process died: its rollbacks, or the rest of its method.</summary>
    /// <param name="experiment">Read from the file that the run was started with, or from <see cref="RunResume.DocumentOf"/>.</param>
    public Task<RunOutcome> ResumeAsync(string run, ResumeChoice choice, bool playsAgain, Experiment experiment, RunWishes wishes, AbortSignal abort) =>
        new RunStage(world, folders, clock, who).ResumeAsync(folders.Resolve(run), choice, playsAgain, experiment, wishes, abort);

    /// <summary>Where a run stands, from any process.</summary>
    public RunStatus Status(string run) => RunStatus.Of(folders.Resolve(run));

    /// <summary>Ends a run from any process; finishes it here when its own process is gone.</summary>
    /// <returns>Null when its living process had not finished yet.</returns>
    public Task<RunOutcome?> AbortAsync(string run, string reason, CancellationToken stop) =>
        new RunAbort(Recovery, clock).AbortAsync(folders.Resolve(run), who, reason, stop);

    /// <summary>Finishes one run whose process is gone; null when it is alive.</summary>
    public Task<RunOutcome?> RecoverAsync(string run) => Recovery.RecoverAsync(folders.Resolve(run).Run);

    /// <summary>Finishes every run whose process is gone.</summary>
    public Task<IReadOnlyList<SweptRun>> RecoverAllAsync() => new RecoverySweep(folders, Recovery).RunAsync();

    /// <summary>Writes a run up from its folder alone.</summary>
    /// <param name="copies">Folder for copies by name; null for none.</param>
    public (ReportModel Model, WrittenReport Written) Report(string run, string? copies) => ReportDesk.Write(folders.Resolve(run), copies);

    private RunRecovery Recovery => new(folders, world.Drivers, clock, who, world.Claims);
}
