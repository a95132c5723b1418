using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Tests.Runs.Simulation;

/// <summary>What must hold in every world. The first breach is kept; nothing is thrown, because the kernel would catch it.</summary>
public sealed class Invariants(SimulatedWorld world)
{
    private readonly Dictionary<string, TimeSpan> _asked = [];
    private readonly Dictionary<string, TimeSpan> _lifted = [];

    public string? Breach { get; private set; }

    /// <summary>The kernel asks a driver to act: the intent must be on the disk by now.</summary>
    public void Asked(Injection injection)
    {
        _asked[injection.Id] = world.Time.Now;
        Require(IsIntended(injection), $"{injection.Id} was asked for before its intent was written");
    }

    /// <summary>A fault took hold. Somebody must know of it and nobody else may hold its target.</summary>
    public void Injected(Injection injection)
    {
        Require(IsIntended(injection), $"{injection.Id} is in place and no journal says so");
        var state = RunState.Of(world.Journals.On(injection.Run));
        Require(state.Outstanding.ContainsKey(injection.Sequence) && !state.IsClosed, $"{injection.Id} took hold after its recovery was certified");
        var isLate = world.Time.Now - _asked[injection.Id] > Limits.RenewMax;
        Require(isLate || world.Claims.Live.All(claim => claim.Target != injection.Target.Id || claim.Run == injection.Run),
            $"{injection.Id} took hold on a target that another run holds");
    }

    public void Lifted(Injection injection) => _lifted.TryAdd(injection.Id, world.Time.Now);

    /// <summary>A plain activity is carried out: its line must be on the disk, and rollbacks come after recovery.</summary>
    public void Played(Activity activity)
    {
        if (!activity.Name.StartsWith("chaos-", StringComparison.Ordinal))
        {
            return;     // it does not say whose it is
        }

        var run = new RunId(activity.Name.Split(' ')[0]);
        var lines = world.Journals.On(run);
        if (activity.Place.Length == 0)
        {
            Require(lines.Any(line => line is ActivityStarted started && started.Name == activity.Name), $"'{activity.Name}' was carried out before its line was written");
        }
        else if (world.IsCalm)
        {
            Require(!Injections(run).Any(world.Targets.IsOn), $"'{activity.Name}' was carried out with a fault in place");
        }
    }

    /// <summary>A line is on the disk.</summary>
    public void Written(RunId run, SimulatedProcess process, JournalEvent entry, SimulatedProcess? holder)
    {
        Require(holder == process, $"{process.Name} wrote the journal of {run} without holding it");
        var lines = world.Journals.On(run);
        Require(lines.Count < 2 || lines[^2] is not RunClosed, $"a line was written after {run} was closed");
        switch (entry)
        {
            case InjectionRecovered recovered:
                Require(!world.Targets.IsOn(InjectionOf(run, recovered.Sequence)), $"{run}.{recovered.Sequence} was certified while it is in place");
                break;
            case RecoveryIntended intended when world.IsCalm:
                RequireHeldUntilNow(run, intended.Sequence);
                break;
            case RunClosed:
                Require(RunState.Of(lines).Outstanding.IsEmpty, $"{run} was closed with residue");
                Require(!Injections(run).Any(world.Targets.IsOn), $"{run} was closed with a fault in place");
                break;
            default:
                break;
        }
    }

    /// <summary>A run gave its outcome.</summary>
    public void Ended(RunOutcome outcome)
    {
        var run = outcome.Run;
        var left = Injections(run).Where(world.Targets.IsOn).ToArray();
        Require(left.All(one => outcome.Residue.Any(residue => residue.Injection.Id == one.Id)), $"{run} left a fault that its outcome does not name");
        var isClosed = RunState.Of(world.Journals.On(run)).IsClosed;
        Require(!isClosed || outcome.IsClean, $"{run} was closed although its outcome has residue");
        Require(isClosed || !outcome.IsClean || outcome.JournalFailure.Length > 0, $"{run} is clean and not closed");
        Require(outcome.StoppedBy is null || outcome.Verdict != Verdict.Upheld, $"{run} was stopped and says that the hypothesis was upheld");
        if (world.IsCalm)
        {
            Require(outcome.IsClean, $"{run} left residue although everything was reachable");
            Require(world.Claims.Live.All(claim => claim.Run != run), $"{run} kept a claim");
            RequirePromptEnd(run);
        }

        if (world.OnlyDark is { } dark)
        {
            Require(outcome.Residue.All(residue => residue.Injection.Target.Name == dark), $"{run} left residue on a target that was reachable all the time");
        }
    }

    /// <summary>Everything is reachable again, all leases have run out and all sweeps are done.</summary>
    public void AtTheEnd(IReadOnlyList<RunId> open)
    {
        Require(!world.Targets.Differences().Any(), $"not as it was: {string.Join("; ", world.Targets.Differences())}");
        Require(open.Count == 0, $"still open: {string.Join(", ", open)}");
        Require(!world.Claims.Live.Any(), $"still claimed: {string.Join(", ", world.Claims.Live)}");
    }

    public void Require(bool condition, string what)
    {
        if (!condition && Breach is null)
        {
            Breach = what;
            world.Tell($"BREACH: {what}");
        }
    }

    // In a calm world the lease is renewed, so what is held stays for its duration.
    private void RequireHeldUntilNow(RunId run, int sequence)
    {
        var injection = InjectionOf(run, sequence);
        var isInjected = RunState.Of(world.Journals.On(run)).Outstanding.TryGetValue(sequence, out var one) && one.IsInjected;
        Require(!isInjected || injection.Fault.Name == "kill" || world.Targets.IsOn(injection), $"{injection.Id} was not kept in place for its duration");
    }

    // A guard that sees a breach, or sees nothing, ends every fault within a second beyond its own patience.
    private void RequirePromptEnd(RunId run)
    {
        if (world.Deadline is { } deadline)
        {
            foreach (var injection in Injections(run).Where(one => _lifted.ContainsKey(one.Id)))
            {
                Require(_lifted[injection.Id] <= deadline, $"{injection.Id} was lifted at {_lifted[injection.Id]}, guards wanted it by {deadline}");
            }
        }
    }

    private bool IsIntended(Injection injection) =>
        world.Journals.On(injection.Run).Any(line => line is InjectionIntended intended && intended.Injection.Sequence == injection.Sequence);

    private Injection InjectionOf(RunId run, int sequence) => Injections(run).First(one => one.Sequence == sequence);

    private IReadOnlyList<Injection> Injections(RunId run) => world.Journals.On(run).OfType<RunPlanned>().FirstOrDefault()?.Injections ?? [];
}
