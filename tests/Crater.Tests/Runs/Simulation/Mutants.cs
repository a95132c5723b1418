using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Tests.Runs.Simulation;

/// <summary>Kernels with one thing broken by hand. The simulation must notice each; if it does not, it proves nothing about that thing.</summary>
public static class Mutants
{
    public static IReadOnlyList<Variant> All { get; } =
    [
        new("intent after act") { Journal = inner => new LateIntent(inner, entry => entry is InjectionIntended) },
        new("activity before its line") { Journal = inner => new LateIntent(inner, entry => entry is ActivityStarted) },
        new("act although the intent could not be written") { Journal = inner => new Careless(inner) },
        new("cancellable recovery") { Driver = (inner, world) => new BentDriver(inner) { BeforeRecover = () => world.Abort!.Token.ThrowIfCancellationRequested() } },
        new("swallowed failure") { Driver = (inner, _) => new BentDriver(inner) { Swallows = true } },
        new("certificate on faith") { Driver = (inner, _) => new BentDriver(inner) { NeverLooks = true } },
        new("idle sweep") { SweepsNothing = true },
        new("early close") { Journal = inner => new EarlyClose(inner) },
        new("failed injection forgotten") { Journal = inner => new Forgetful(inner) },
        new("undo recomputed from parameters") { Driver = (inner, _) => new BentDriver(inner) { Recomputed = 1 } },
        new("no tombstone") { HasNoTombstones = true },
        new("lease never renewed") { Driver = (inner, _) => new BentDriver(inner) { NeverRenews = true } },
        new("claim refused and ignored") { Claims = inner => new BentClaims(inner) { IgnoresRefusal = true } },
        new("claim never given back") { Claims = inner => new BentClaims(inner) { NeverReleases = true } },
        new("residue hidden") { HidesResidue = true },
        new("guard that never sees a breach") { Source = (inner, world) => new RosySource(inner, world, value: 0) },
        new("guard that takes silence for health") { Source = (inner, world) => new RosySource(inner, world, value: null) },
        new("lock ignored") { Journals = inner => new Unlocked(inner) },
    ];

    private sealed class LateIntent(IJournal inner, Func<JournalEvent, bool> isLate) : IJournal
    {
        private readonly Queue<JournalEvent> _waiting = [];

        public JournalEvent Append(JournalEvent entry)
        {
            if (isLate(entry))
            {
                _waiting.Enqueue(entry);
                return entry;
            }

            while (_waiting.TryDequeue(out var late))
            {
                inner.Append(late);
            }

            return inner.Append(entry);
        }

        public IReadOnlyList<JournalEvent> Read() => inner.Read();
    }

    private sealed class Careless(IJournal inner) : IJournal
    {
        public JournalEvent Append(JournalEvent entry)
        {
            try
            {
                return inner.Append(entry);
            }
            catch (CraterException)
            {
                return entry;
            }
        }

        public IReadOnlyList<JournalEvent> Read() => inner.Read();
    }

    private sealed class EarlyClose(IJournal inner) : IJournal
    {
        public JournalEvent Append(JournalEvent entry)
        {
            var written = inner.Append(entry);
            if (entry is VerdictReached)
            {
                inner.Append(new RunClosed(new Dictionary<string, string>()));
            }

            return written;
        }

        public IReadOnlyList<JournalEvent> Read() => inner.Read();
    }

    private sealed class Forgetful(IJournal inner) : IJournal
    {
        public JournalEvent Append(JournalEvent entry)
        {
            var written = inner.Append(entry);
            var gone = new Certificate { Sequence = 0, Before = new Fingerprint(""), After = null, Presence = Presence.Absent, Evidence = "It said no." };
            return entry is InjectionFailed failed ? inner.Append(new InjectionRecovered(failed.Sequence, gone)) : written;
        }

        public IReadOnlyList<JournalEvent> Read() => inner.Read();
    }

    private sealed class BentDriver(SimulatedDriver inner) : IDriver
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        public string Name => inner.Name;

        public Action BeforeRecover { get; init; } = () => { };

        public bool Swallows { get; init; }

        public bool NeverLooks { get; init; }

        public bool NeverRenews { get; init; }

        public int? Recomputed { get; init; }

        public bool Supports(string fault) => true;

        public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => inner.PrepareAsync(injection, abort);

        public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
            inner.InjectAsync(injection, preparation, lease, abort);

        public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) =>
            NeverRenews ? Task.CompletedTask : inner.RenewAsync(injection, preparation, lease, abort);

        public async Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
        {
            BeforeRecover();
            try
            {
                var recovering = inner.RecoverAsync(injection, Recomputed);
                await (Swallows ? recovering.WaitAsync(Patience, inner.Clock, budget) : recovering);
            }
            catch (Exception) when (Swallows)
            {
                // "The target may be gone."
            }
        }

        public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
        {
            var fine = new Inspection(Presence.Absent, preparation.Before, "It will be all right.");
            try
            {
                var looking = inner.InspectAsync(injection, preparation, budget);
                return NeverLooks ? fine : await (Swallows ? looking.WaitAsync(Patience, inner.Clock, budget) : looking);
            }
            catch (Exception) when (Swallows)
            {
                return fine;
            }
        }
    }

    private sealed class BentClaims(IClaims inner) : IClaims
    {
        public bool IgnoresRefusal { get; init; }

        public bool NeverReleases { get; init; }

        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => inner.ListAsync(abort);

        public async Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
        {
            var holder = await inner.ClaimAsync(claim, lease, abort);
            return IgnoresRefusal ? null : holder;
        }

        public Task ReleaseAsync(Claim claim, CancellationToken budget) => NeverReleases ? Task.CompletedTask : inner.ReleaseAsync(claim, budget);
    }

    private sealed class RosySource(IMetricSource inner, SimulatedWorld world, double? value) : IMetricSource
    {
        public string Name => inner.Name;

        public bool Knows(MetricQuery query) => true;

        public async Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort)
        {
            var reading = await inner.ReadAsync(query, abort);
            return reading is null || value is not null ? new Reading(query.Metric, value ?? 0, world.Time.Wall, 10, Name) : reading;
        }
    }

    private sealed class Unlocked(IJournals inner) : IJournals
    {
        public IJournal Open(RunId run) => inner.Open(run);

        public IReadOnlyList<RunId> OpenRuns() => inner.OpenRuns();

        public IDisposable? TryHold(RunId run) => inner.TryHold(run) ?? new MemoryStream();
    }
}
