using Crater.Agent.State;
using Xunit;

namespace Crater.Tests.Agent;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class HistoryTests : IDisposable
{
    private static readonly DateTimeOffset Tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);

    private readonly StateBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Of_what_is_closed_the_newest_are_kept()
    {
        Closed("closed-1", age: 3);
        Closed("closed-2", age: 1);
        Closed("closed-3", age: 2);

        History.Prune(_bench.State, Tomorrow, kept: 2);

        Assert.Equal(["closed-2", "closed-3"], Uids());
    }

    [Fact]
    public void What_was_closed_within_the_hour_is_kept_however_much_it_is()
    {
        Closed("closed-1", age: 0);
        Closed("closed-2", age: 0);

        History.Prune(_bench.State, TimeProvider.System.GetUtcNow(), kept: 1);

        Assert.Equal(["closed-1", "closed-2"], Uids());
    }

    [Theory]
    [InlineData("open")]
    [InlineData("residue")]
    [InlineData("damaged")]
    public void What_is_not_closed_is_kept_for_ever(string kind)
    {
        var folder = Closed("closed-1", age: 3, kind == "open" ? EventKinds.Injected : EventKinds.Certificate, kind == "residue" ? "false" : "true");
        Closed("closed-2", age: 1);
        if (kind == "damaged")
        {
            var journal = Path.Combine(folder.Path, "journal");
            File.WriteAllText(journal, File.ReadAllText(journal).Replace("cpu-burn", "cpu-born", StringComparison.Ordinal));
            Age(folder, 3);
        }

        History.Prune(_bench.State, Tomorrow, kept: 1);

        Assert.Equal(["closed-1", "closed-2"], Uids());
    }

    private InjectionFolder Closed(string uid, int age, string last = EventKinds.Certificate, string clean = "true")
    {
        var folder = _bench.State.Create(uid)!;
        folder.Begin(new UndoData(new Dictionary<string, string>()), JournalEvent.Of(EventKinds.Intent, ("fault", "cpu-burn")), TimeProvider.System);
        folder.Journal.Append(JournalEvent.Of(last, ("clean", clean)), TimeProvider.System);
        Age(folder, age);
        return folder;
    }

    private static void Age(InjectionFolder folder, int days) => Directory.SetLastWriteTimeUtc(folder.Path, TimeProvider.System.GetUtcNow().AddDays(-days).UtcDateTime);

    private IEnumerable<string> Uids() => _bench.State.All().Select(folder => folder.Uid);
}
