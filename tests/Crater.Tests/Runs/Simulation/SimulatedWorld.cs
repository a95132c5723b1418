using Crater.Drivers;
using Crater.Experiments;
using Crater.Faults;
using Crater.Journals;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Tests.Runs.Simulation;

/// <summary>One world from one seed: three targets, one or two runs in their own processes, and whatever goes wrong in this seed.</summary>
public sealed class SimulatedWorld
{
    private static readonly string[] TargetNames = ["t0", "t1", "t2"];
    private static readonly string[] FaultNames = ["held", "object", "kill"];
    private static readonly TimeSpan PatienceOfGuards = TimeSpan.FromSeconds(3);

    private readonly Random _dice;
    private readonly int _seed;
    private readonly List<string>? _history;

    public SimulatedWorld(int seed, Variant variant, bool keepHistory = false)
    {
        (_seed, Variant, _dice) = (seed, variant, new Random(seed));
        _history = keepHistory ? [] : null;
        Mischief = new Mischief(seed);
        Time = new SimulatedTime();
        Invariants = new Invariants(this);
        Targets = new SimulatedTargets(this);
        Network = new SimulatedNetwork(this);
        Claims = new SimulatedClaims(this);
        Journals = new SimulatedJournals(this);
        Application = new SimulatedApplication(this);
    }

    public Variant Variant { get; }

    public Mischief Mischief { get; }

    public SimulatedTime Time { get; }

    public Invariants Invariants { get; }

    public SimulatedTargets Targets { get; }

    public SimulatedNetwork Network { get; }

    public SimulatedClaims Claims { get; }

    public SimulatedJournals Journals { get; }

    public SimulatedApplication Application { get; }

    public IReadOnlyList<string> History => _history ?? [];

    /// <summary>Nothing went wrong with processes, disk or network in this seed; guards and people may still have ended a run.</summary>
    public bool IsCalm => OnlyDark is null && IsPlain;

    /// <summary>The one target that cannot be reached, in worlds where nothing else is wrong.</summary>
    public string? OnlyDark { get; private set; }

    /// <summary>By when guards want every fault off; null when they have nothing to say.</summary>
    public TimeSpan? Deadline { get; private set; }

    public AbortSignal? Abort { get; private set; }

    /// <summary>Runs that came to their outcome, and how many of those had residue, were stopped, or were ended by a sweep.</summary>
    public (int Outcomes, int Residue, int Stopped, int Deaths) Tally { get; private set; }

    private bool IsPlain { get; set; }

    public void Tell(string what) => _history?.Add($"{Time.Now.TotalSeconds,9:0.000} {what}");

    /// <summary>Lives through everything and checks everything.</summary>
    /// <returns>What was breached; null when all held.</returns>
    public string? Live()
    {
        foreach (var name in TargetNames)
        {
            Targets.Add(name, _dice.Next(1, 9));
        }

        Arrange();
        var runs = Enumerable.Range(1, Mischief.IsActive("second run") ? 2 : 1).Select(number => StartRun(number)).ToArray();
        var isOver = Time.RunUntil(() => Array.TrueForAll(runs, run => run.IsOver) || Invariants.Breach is not null, TimeSpan.FromMinutes(40));
        Invariants.Require(isOver, "a run did not end within 40 minutes");
        foreach (var failed in runs.Where(run => run.Main is { IsFaulted: true }))
        {
            Invariants.Require(false, $"a run threw: {failed.Main!.Exception!.InnerException}");
        }

        if (Invariants.Breach is null)
        {
            GetWell();
        }

        return Invariants.Breach;
    }

    private void Arrange()
    {
        var trouble = new[] { "request lost", "reply lost", "request late", "reply late", "request doubled", "disk full", "death", "dark", "second run" };
        IsPlain = !trouble.Any(Mischief.IsActive);
        if (IsPlain && Mischief.IsActive("one dark"))
        {
            OnlyDark = TargetNames[0];
            Network.Darken(OnlyDark, TimeSpan.FromSeconds(_dice.Next(8)), TimeSpan.MaxValue);
        }

        foreach (var name in TargetNames.Where(_ => Mischief.Strikes("dark", 0.5)))
        {
            var from = TimeSpan.FromSeconds(Mischief.Dice("dark").Next(20));
            Network.Darken(name, from, from + TimeSpan.FromSeconds(Mischief.Dice("dark").Next(1, 200)));
        }

        if (Mischief.Strikes("wall clock", 1))
        {
            var jump = TimeSpan.FromSeconds(Mischief.Dice("wall clock").Next(-5000, 5000));
            Time.After(TimeSpan.FromSeconds(Mischief.Dice("wall clock").Next(12)), () => Time.WallOffset += jump);
        }

        ArrangeGuards();
    }

    private void ArrangeGuards()
    {
        var start = TimeSpan.FromSeconds(Mischief.Dice("guard").Next(1, 15));
        if (Mischief.IsActive("guard"))
        {
            (Application.BadFrom, Deadline) = (start, start + TimeSpan.FromSeconds(1));
        }
        else if (Mischief.IsActive("blind"))
        {
            (Application.BlindFrom, Deadline) = (start, start + PatienceOfGuards + TimeSpan.FromSeconds(1));
        }
    }

    private Life StartRun(int number)
    {
        var process = Born($"run {number}");
        var abort = new AbortSignal();
        if (Mischief.Strikes("abort", 0.7))
        {
            Time.After(TimeSpan.FromMilliseconds(Mischief.Dice("abort").Next(20_000)), () => abort.Request("a person", "had enough"), process);
        }

        var plan = PlanOf(number);
        var experiment = SimulatedDocument.Of(plan, PatienceOfGuards);
        var start = TimeSpan.FromMilliseconds(number == 1 ? 0 : _dice.Next(8_000));
        var life = new Life();
        Time.After(start, () => life.Main = process.Start(() => RunAsync(process, plan, experiment, abort)));
        SweepAfterDeath(process, life, generation: 1);
        return life;
    }

    // Somebody looks now and then whether the process is still there, and starts the next craterctl when it is not.
    private void SweepAfterDeath(SimulatedProcess process, Life life, int generation) => Time.After(TimeSpan.FromSeconds(7), () =>
    {
        if (life.IsOver)
        {
            return;
        }

        if (process.IsAlive)
        {
            SweepAfterDeath(process, life, generation);
            return;
        }

        if (generation > 2)
        {
            life.IsGivenUp = true;
            return;
        }

        Tally = Tally with { Deaths = Tally.Deaths + 1 };
        Tell($"{process.Name} is dead; sweep {generation} begins");
        var next = Born($"sweep {generation} after {process.Name}");
        life.Main = next.Start(() => SweepAsync(next));
        SweepAfterDeath(next, life, generation + 1);
    });

    private async Task RunAsync(SimulatedProcess process, Plan plan, Experiment experiment, AbortSignal abort)
    {
        var journals = Variant.Journals(Journals.From(process));
        using var hold = journals.TryHold(plan.Run);
        var journal = journals.Open(plan.Run);
        try
        {
            journal.Append(plan.Begin(new Dictionary<string, string>(), "simulation", "1", "simulated"));
        }
        catch (Diagnostics.CraterException)
        {
            return;     // nothing can be written down, so nothing is begun
        }

        var seams = new RunSeams
        {
            Journal = journal,
            Drivers = [Variant.Driver(new SimulatedDriver(this, process), this)],
            Claims = Variant.Claims(Claims.From(process)),
            Activities = Application,
            Judge = (_, _, _, _) => Task.FromResult<bool?>(true),
            Sources = [Variant.Source(Application, this)],
            Clock = process.Clock,
        };
        Abort = abort;
        using var runner = new GuardedRunner(seams, plan, experiment, abort);
        var outcome = await runner.RunAsync();
        Tally = Tally with
        {
            Outcomes = Tally.Outcomes + 1,
            Residue = Tally.Residue + (outcome.IsClean ? 0 : 1),
            Stopped = Tally.Stopped + (outcome.StoppedBy is null ? 0 : 1),
        };
        Tell($"outcome: {outcome.Verdict}, residue {outcome.Residue.Count}, {string.Join(" | ", outcome.Reasons)}");
        Invariants.Ended(Variant.HidesResidue ? outcome with { Residue = [] } : outcome);
    }

    private async Task SweepAsync(SimulatedProcess process)
    {
        if (Variant.SweepsNothing)
        {
            return;
        }

        var journals = Variant.Journals(Journals.From(process));
        IReadOnlyList<IDriver> drivers = [Variant.Driver(new SimulatedDriver(this, process), this)];
        await new RecoverySweep(journals, new RunRecovery(journals, drivers, process.Clock, process.Name)).RunAsync();
    }

    // Everything works again: leases run out, and the next craterctl finishes what is open.
    private void GetWell()
    {
        Mischief.IsOver = true;
        Tell("everything works again");
        Time.RunUntil(() => Invariants.Breach is not null, TimeSpan.FromSeconds(90));
        var process = new SimulatedProcess(Time, "last sweep");
        for (var sweep = 0; sweep < 3 && Journals.From(process).OpenRuns().Count > 0 && Invariants.Breach is null; sweep++)
        {
            var done = process.Start(() => SweepAsync(process));
            Invariants.Require(Time.RunUntil(() => done.IsCompleted, TimeSpan.FromMinutes(10)), "the last sweep did not end");
        }

        Time.RunUntil(() => false, TimeSpan.FromSeconds(120));
        Invariants.AtTheEnd(Journals.From(process).OpenRuns());
    }

    private SimulatedProcess Born(string name)
    {
        var process = new SimulatedProcess(Time, name);
        if (Mischief.Strikes("death", 0.9))
        {
            process.DieAfter((int)Math.Exp(Mischief.Dice("death").NextDouble() * Math.Log(1_500)) + 1);
        }

        return process;
    }

    private Plan PlanOf(int number)
    {
        var run = new RunId($"chaos-{_seed % 0xFFFFFF:x6}{number:x2}");
        var sequence = 0;
        var faults = Enumerable.Range(0, _dice.Next(1, 4)).Select(method => new PlannedFault(
            method, $"fault {method}", _dice.NextDouble() < 0.4, TargetNames.Length,
            [.. TargetNames.OrderBy(_ => _dice.Next()).Take(_dice.Next(1, 3)).Select(name => InjectionOf(run, ++sequence, method, name))])).ToArray();
        return new Plan { Run = run, Title = "simulated", Seed = _seed, Faults = faults, Duration = TimeSpan.FromMinutes(1) };
    }

    private Injection InjectionOf(RunId run, int sequence, int method, string target) => new()
    {
        Run = run,
        Sequence = sequence,
        Activity = $"fault {method}",
        Driver = "simulated",
        Duration = DurationOf(),
        Fault = new Fault { Name = FaultNames[_dice.Next(FaultNames.Length)], AskedAs = "", Arguments = new Dictionary<string, string>() },
        Target = new Target { Kind = TargetKind.Pod, Namespace = "sim", Name = target },
    };

    // Most are short, so that worlds are small; some outlast a lease, so that renewing matters.
    private TimeSpan DurationOf() => TimeSpan.FromMilliseconds(_dice.NextDouble() < 0.1 ? _dice.Next(16_000, 40_000) : _dice.Next(300, 9_000));
}
