using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Runs.Simulation;
using Xunit;

namespace Crater.Tests.Runs;

/// <summary>The kernel with real run folders, on the simulated clock and a simulated driver.</summary>
public sealed class RunConductorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-run-").FullName;
    private readonly SimulatedWorld _world = new(seed: 1, Variant.Product);
    private readonly SimulatedProcess _process;
    private readonly RunFolders _folders;
    private Func<bool?> _isWell = () => true;
    private IProgress<JournalEvent>? _progress;

    public RunConductorTests()
    {
        _world.Mischief.IsOver = true;
        _world.Targets.Add("t0", 3);
        _process = new SimulatedProcess(_world.Time, "craterctl");
        _folders = new RunFolders(_root, _process.Clock);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_run_that_goes_well_is_closed_with_its_inputs_and_their_hashes()
    {
        var outcome = Conduct(new AbortSignal());
        var folder = _folders.Resolve("latest");
        var state = folder.State();

        Assert.Equal((Verdict.Upheld, true), (outcome.Verdict, outcome.IsClean));
        Assert.True(state.IsClosed);
        Assert.Equal(folder.Hashes(["experiment.yaml"])["experiment.yaml"], state.Plan!.Files["experiment.yaml"]);
        Assert.False(RunStatus.Of(folder).IsHeld);
        Assert.Empty(_world.Targets.Differences());
    }

    [Fact]
    public void An_abort_from_another_process_ends_the_run_with_the_target_as_it_was()
    {
        _world.Time.After(TimeSpan.FromSeconds(2), () => _folders.Folder(Some.Run).RequestAbort("me@elsewhere", "enough"));

        var outcome = Conduct(new AbortSignal());

        Assert.Equal(Verdict.Inconclusive, outcome.Verdict);
        Assert.Contains("me@elsewhere", Assert.IsType<AbortRequested>(outcome.StoppedBy).By, StringComparison.Ordinal);
        Assert.Empty(_world.Targets.Differences());
        Assert.True(_world.Time.Now < TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_process_that_dies_leaves_an_open_run_that_the_next_one_recovers()
    {
        _world.Time.After(TimeSpan.FromSeconds(2), _process.Kill);
        var run = _process.Start(() => ConductAsync(new AbortSignal()));
        _world.Time.RunUntil(() => run.IsCompleted, TimeSpan.FromSeconds(5));
        var journal = File.ReadAllLines(_folders.Folder(Some.Run).PathOf(RunFolder.EventsFile));
        Assert.NotEmpty(_world.Targets.Differences());
        Assert.Contains(journal, line => line.Contains("injection-intended", StringComparison.Ordinal));

        // The dead process' lock goes with it; here both live in one, so the next one reads a copy of the folder.
        var copy = Directory.CreateDirectory(Path.Combine(_root, "next", Some.Run.Value)).FullName;
        File.WriteAllLines(Path.Combine(copy, RunFolder.EventsFile), journal);
        var next = new SimulatedProcess(_world.Time, "next craterctl");
        var folders = new RunFolders(Path.Combine(_root, "next"), next.Clock);
        var recovery = new RunRecovery(folders, [new SimulatedDriver(_world, next)], next.Clock, "me", _world.Claims.From(next));
        IReadOnlyList<SweptRun> swept = [];
        var sweep = next.Start(async () => swept = await new RecoverySweep(folders, recovery).RunAsync());
        Assert.True(_world.Time.RunUntil(() => sweep.IsCompleted, TimeSpan.FromMinutes(5)));

        Assert.True(Assert.Single(swept).Outcome!.IsClean);
        Assert.Empty(_world.Targets.Differences());
        Assert.Contains(folders.Folder(Some.Run).OpenJournal().Read(), line => line is TargetReleased);
        Assert.Empty(folders.OpenRuns());
    }

    [Fact]
    public void A_watcher_that_fails_does_not_keep_a_fault_in_place()
    {
        _progress = new ClosedTerminal();

        var outcome = Conduct(new AbortSignal());

        Assert.Equal((true, ""), (outcome.IsClean, outcome.JournalFailure));
        Assert.Empty(_world.Targets.Differences());
        Assert.True(_folders.Resolve("latest").State().IsClosed);
    }

    private sealed class ClosedTerminal : IProgress<JournalEvent>
    {
        public void Report(JournalEvent value) => throw new IOException("the terminal is gone");
    }

    [Fact]
    public void A_system_that_is_not_well_before_is_not_broken()
    {
        _isWell = () => false;

        var outcome = Conduct(new AbortSignal());

        Assert.Equal(Verdict.Inconclusive, outcome.Verdict);
        Assert.Contains(outcome.Reasons, reason => reason.Contains("not there before", StringComparison.Ordinal));
        Assert.DoesNotContain(_folders.Folder(Some.Run).OpenJournal().Read(), line => line is InjectionIntended or TargetClaimed);
    }

    [Fact]
    public void A_steady_state_that_is_lost_while_the_fault_is_on_refutes()
    {
        _isWell = () => !_world.Targets.Differences().Any();

        var outcome = Conduct(new AbortSignal());

        Assert.Equal((Verdict.Refuted, true), (outcome.Verdict, outcome.IsClean));
        Assert.Contains(outcome.Reasons, reason => reason.Contains("'checkout answers' was '200'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_with_errors_is_refused_before_anything_is_written()
    {
        var refused = Assert.Throws<AggregateException>(() => Conduct(new AbortSignal(), new Crater.Diagnostics.Problem("x", "CRT3005", "too many")));

        Assert.Equal("CRT3005", Assert.IsType<Crater.Diagnostics.CraterException>(refused.InnerException).Code);
        Assert.Empty(Directory.GetDirectories(_root));
    }

    private static SteadyStateHypothesis Shoppers() => new("Shoppers can check out",
    [
        new Activity
        {
            Name = "checkout answers", IsProbe = true, Tolerance = new ScalarTolerance(200),
            Provider = new HttpProvider("http://shop/checkout", "GET", TimeSpan.FromSeconds(1)),
        },
    ]);

    private RunOutcome Conduct(AbortSignal abort, params Crater.Diagnostics.Problem[] problems)
    {
        RunOutcome? outcome = null;
        var run = _process.Start(async () => outcome = await ConductAsync(abort, problems));
        Assert.True(_world.Time.RunUntil(() => run.IsCompleted, TimeSpan.FromMinutes(10)));
        run.Wait(TestContext.Current.CancellationToken);
        return outcome!;
    }

    private Task<RunOutcome> ConductAsync(AbortSignal abort, params Crater.Diagnostics.Problem[] problems)
    {
        var injection = Some.Injection() with { Driver = "simulated", Fault = Some.Fault("object"), Target = Some.Pod("t0") };
        var plan = new Plan
        {
            Run = Some.Run,
            Title = "simulated",
            Seed = 1,
            Duration = injection.Duration,
            Problems = problems,
            Faults = [new PlannedFault(0, "slow", Background: false, Candidates: 1, [injection])],
        };
        return new RunConductor(_folders, _process.Clock).RunAsync(
            new RunRequest
            {
                Plan = plan,
                Experiment = Some.Experiment(Some.Step()) with { Hypothesis = Shoppers(), Guards = [new GuardCondition { Metric = "error_rate", Above = 0.05 }] },
                Drivers = [new SimulatedDriver(_world, _process)],
                Progress = _progress,
                Claims = _world.Claims.From(_process),
                Activities = _world.Application,
                Judge = (_, _, _, _) => Task.FromResult(_isWell()),
                Sources = [_world.Application],
            },
            abort);
    }
}
