using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Measurements;
using Crater.Runs.Activities;
using Crater.Targets;

namespace Crater.Tests.Runs.Simulation;

/// <summary>A driver in one process that reaches the simulated targets over the simulated network.</summary>
public sealed class SimulatedDriver(SimulatedWorld world, SimulatedProcess process) : IDriver
{
    public string Name => "simulated";

    public TimeProvider Clock => process.Clock;

    public bool Supports(string fault) => true;

    public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) =>
        Call(injection, "prepare", () => world.Targets.Prepare(injection));

    public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        world.Invariants.Asked(injection);
        return Call(injection, "inject", () => world.Targets.Inject(injection, preparation, lease));
    }

    public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
        Call(injection, "renew", () => { world.Targets.Renew(injection, lease); return true; });

    public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => RecoverAsync(injection, recomputed: null);

    /// <summary>What a driver would do that works out the undo from the fault's parameters.</summary>
    public Task RecoverAsync(Injection injection, int? recomputed) =>
        Call(injection, "recover", () => { world.Targets.Recover(injection, recomputed); return true; });

    public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) =>
        Call(injection, "inspect", () => world.Targets.Inspect(injection));

    private Task<T> Call<T>(Injection injection, string verb, Func<T> act) =>
        world.Network.CallAsync(process, injection.Target.Name, $"{verb} {injection.Id} on {injection.Target.Name}", act);
}

/// <summary>Claims, kept where the targets are, on the clock that nobody can set.</summary>
public sealed class SimulatedClaims(SimulatedWorld world)
{
    private readonly Dictionary<TargetId, (Claim Claim, TimeSpan End)> _claims = [];

    public IEnumerable<Claim> Live => _claims.Values.Where(one => one.End > world.Time.Now).Select(one => one.Claim);

    public IClaims From(SimulatedProcess process) => new Client(this, world, process);

    private RunId? Take(Claim claim, TimeSpan lease)
    {
        if (Live.FirstOrDefault(one => one.Target == claim.Target && one.Run != claim.Run) is { } other)
        {
            return other.Run;
        }

        _claims[claim.Target] = (claim, world.Time.Now + lease);
        return null;
    }

    private bool Give(Claim claim) => _claims.TryGetValue(claim.Target, out var held) && held.Claim.Run == claim.Run && _claims.Remove(claim.Target);

    private sealed class Client(SimulatedClaims claims, SimulatedWorld world, SimulatedProcess process) : IClaims
    {
        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => Task.FromResult<IReadOnlyList<Claim>>([.. claims.Live]);

        public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort) =>
            world.Network.CallAsync(process, "", $"claim {claim.Target} for {claim.Run}", () => claims.Take(claim, lease));

        public Task ReleaseAsync(Claim claim, CancellationToken budget) =>
            world.Network.CallAsync(process, "", $"release {claim.Target} of {claim.Run}", () => claims.Give(claim));
    }
}

/// <summary>Journals on a disk that outlives processes, fills up, and is locked by whoever lives.</summary>
public sealed class SimulatedJournals(SimulatedWorld world)
{
    private readonly SortedDictionary<string, List<JournalEvent>> _disk = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedProcess> _locks = [];

    public IReadOnlyList<JournalEvent> On(RunId run) => _disk.TryGetValue(run.Value, out var lines) ? lines : [];

    public IJournals From(SimulatedProcess process) => new Client(this, world, process);

    private sealed class Client(SimulatedJournals journals, SimulatedWorld world, SimulatedProcess process) : IJournals
    {
        public IJournal Open(RunId run) => world.Variant.Journal(new Journal(journals, world, process, run));

        public IReadOnlyList<RunId> OpenRuns() => [.. journals._disk
            .Where(one => !RunState.Of(one.Value).IsClosed).Select(one => new RunId(one.Key))];

        public IDisposable? TryHold(RunId run)
        {
            if (journals._locks.TryGetValue(run.Value, out var holder) && holder.IsAlive && holder != process)
            {
                return null;
            }

            journals._locks[run.Value] = process;
            return new Hold(() => journals._locks.Remove(run.Value));
        }
    }

    private sealed class Hold(Action release) : IDisposable
    {
        public void Dispose() => release();
    }

    private sealed class Journal(SimulatedJournals journals, SimulatedWorld world, SimulatedProcess process, RunId run) : IJournal
    {
        public JournalEvent Append(JournalEvent entry)
        {
            process.Step();     // death before the line is on the disk
            if (!process.IsAlive || world.Mischief.Strikes("disk full", 0.05))
            {
                world.Tell($"{process.Name}: could not write {entry.GetType().Name} of {run}");
                throw new CraterException("CRT4001", "simulated: no space left on device");
            }

            if (!journals._disk.TryGetValue(run.Value, out var lines))
            {
                journals._disk[run.Value] = lines = [];
            }

            var stamped = entry with { Number = lines.Count + 1, At = world.Time.Wall };
            lines.Add(stamped);
            world.Tell($"{process.Name}: wrote {stamped}");
            world.Invariants.Written(run, process, stamped, journals._locks.GetValueOrDefault(run.Value));
            process.Step();     // death after it
            return stamped;
        }

        public IReadOnlyList<JournalEvent> Read() => [.. journals.On(run)];
    }
}

/// <summary>Probes and metrics of an application that is well until the world decides otherwise.</summary>
public sealed class SimulatedApplication(SimulatedWorld world) : IActivities, IMetricSource
{
    public string Name => "simulated";

    /// <summary>From when on the guard's metric is beyond its limit; null for never.</summary>
    public TimeSpan? BadFrom { get; set; }

    /// <summary>From when on nothing is measured any more.</summary>
    public TimeSpan? BlindFrom { get; set; }

    public bool Knows(MetricQuery query) => true;

    public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) => Task.FromResult(
        world.Time.Now >= BlindFrom ? null : new Reading("error_rate", world.Time.Now >= BadFrom ? 0.5 : 0, world.Time.Wall, 10, Name));

    public async Task<ActivityResult> PlayAsync(Activity activity, ActivityContext context, CancellationToken abort)
    {
        world.Invariants.Played(activity);
        if (SynchronizationContext.Current is SimulatedProcess process && world.Mischief.Strikes("slow activity", 0.5))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(world.Mischief.Dice("slow activity").Next(1, 12_000)), process.Clock, abort);
        }

        return new ActivityResult(true, JsonValue.Create(200), "200", TimeSpan.FromMilliseconds(2)) { IsUnexpected = world.Mischief.Strikes("broken activity", 0.1), Code = "CRT2301" };
    }
}
