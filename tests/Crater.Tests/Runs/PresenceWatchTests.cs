using Crater.Drivers;
using Crater.Journals;
using Crater.Runs;
using Crater.Tests.Models;
using Crater.Tests.Runs.Documents;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class PresenceWatchTests
{
    private static readonly string[] Often = [.. Enumerable.Repeat("00:00:00.2500000", 6)];
    private static readonly string[] Seldom = [.. Enumerable.Repeat("00:00:02", 6)];

    private readonly SkippingClock _clock = new();

    [Theory]
    [InlineData("abc", Presence.Present, false)]
    [InlineData("abc", Presence.Absent, true)]
    [InlineData("abc", Presence.Unknown, true)]
    [InlineData("", Presence.Present, true)]
    public async Task A_fault_is_looked_at_often_until_it_is_seen_and_all_along_where_it_heals_by_itself(string undoHash, Presence presence, bool isOften)
    {
        using var record = new RunRecord(new MemoryJournal(_clock), watcher: null);
        record.Append(new InjectionIntended(Some.Injection(), Some.Preparation() with { UndoHash = undoHash }, "lab"));
        record.Append(new InjectionInjected(1, "said to be there"));
        using var over = new CancellationTokenSource();
        var driver = new LookedAt(presence, looks: 7, over);
        await new PresenceWatch([driver], record, _clock).WatchAsync(over.Token);
        // Beside the pauses there are the limits of each look, which are none of them.
        var pauses = _clock.Pauses.Where(pause => pause != Limits.InspectMax).Take(6).Select(pause => pause.ToString());
        Assert.Equal(isOften ? Often : Seldom, pauses);
    }

    [Fact]
    public async Task Many_faults_are_looked_at_at_once_and_every_look_is_written_down()
    {
        const int Many = 3000;
        using var record = new RunRecord(new MemoryJournal(TimeProvider.System), watcher: null);
        for (var sequence = 1; sequence <= Many; sequence++)
        {
            record.Append(new InjectionIntended(Some.Injection(sequence), Some.Preparation(), "lab"));
            record.Append(new InjectionInjected(sequence, "said to be there"));
        }

        using var over = new CancellationTokenSource();
        var watching = new PresenceWatch([new Elsewhere()], record, TimeProvider.System).WatchAsync(over.Token);
        while (!watching.IsCompleted && record.Events.OfType<InjectionSeen>().Count() < Many)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await over.CancelAsync();
        await watching;
        Assert.Equal(Many, record.Events.OfType<InjectionSeen>().Select(seen => seen.Sequence).Distinct().Count());
    }

    private sealed class Elsewhere : IDriver
    {
        public string Name => "lab";

        public bool Supports(string fault) => true;

        public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => throw new NotSupportedException();

        public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();

        public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
        {
            await Task.Yield();
            return new Inspection(Presence.Present, null, "seen");
        }
    }

    private sealed class LookedAt(Presence presence, int looks, CancellationTokenSource over) : IDriver
    {
        private int _looks;

        public string Name => "lab";

        public bool Supports(string fault) => true;

        public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => throw new NotSupportedException();

        public Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();

        public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
        {
            if (++_looks == looks)
            {
                over.Cancel();
            }

            return Task.FromResult(new Inspection(presence, null, "seen"));
        }
    }
}
