using Crater.Agent.State;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class JournalTests : IDisposable
{
    private readonly StateBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_journal_reads_back_what_was_appended()
    {
        var journal = ThreeEvents();

        Assert.Equal([EventKinds.Intent, EventKinds.Armed, EventKinds.Injected], journal.Read().Select(entry => entry.Kind));
        Assert.Equal("line one\nand \"two\" #00000000 ~", journal.Read()[0]["arguments"]);
    }

    [Fact]
    public void A_write_that_was_cut_anywhere_costs_its_own_event_and_no_other()
    {
        ThreeEvents();
        var whole = File.ReadAllBytes(_bench.JournalFile);
        var starts = Enumerable.Range(0, whole.Length).Where(at => at == 0 || whole[at - 1] == '\n').ToList();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_bench.JournalFile, whole[..length]);
            var events = _bench.NewJournal().Read();

            // A line counts from its seal on, whether its end of line was written or not.
            var expected = starts.Count(start => length >= (starts.FirstOrDefault(next => next > start) is var next && next > 0 ? next : whole.Length) - 1);
            Assert.Equal(expected, events.Count);
        }
    }

    [Fact]
    public void What_is_appended_after_a_cut_line_is_read_whole_wherever_the_cut_was()
    {
        ThreeEvents();
        var whole = File.ReadAllBytes(_bench.JournalFile);
        for (var length = 1; length < whole.Length; length++)
        {
            File.WriteAllBytes(_bench.JournalFile, whole[..length]);
            _bench.NewJournal().Append(JournalEvent.Of(EventKinds.Certificate, ("clean", "true")), TimeProvider.System);

            Assert.Equal(EventKinds.Certificate, _bench.NewJournal().Read()[^1].Kind);
        }
    }

    [Fact]
    public void A_line_that_was_changed_is_damage_and_not_a_cut()
    {
        ThreeEvents();
        var text = File.ReadAllText(_bench.JournalFile);
        File.WriteAllText(_bench.JournalFile, text.Replace("armed", "harmd", StringComparison.Ordinal));

        Assert.Throws<DamagedStateException>(_bench.NewJournal().Read);
    }

    [Fact]
    public void A_line_in_the_middle_without_a_seal_is_damage()
    {
        ThreeEvents();
        var lines = File.ReadAllLines(_bench.JournalFile);
        lines[1] = lines[1][..20];
        File.WriteAllText(_bench.JournalFile, string.Join('\n', lines) + "\n");

        Assert.Throws<DamagedStateException>(_bench.NewJournal().Read);
    }

    private Journal ThreeEvents()
    {
        var journal = _bench.NewJournal();
        journal.Begin(JournalEvent.Of(EventKinds.Intent, ("arguments", "line one\nand \"two\" #00000000 ~")), TimeProvider.System);
        journal.Append(JournalEvent.Of(EventKinds.Armed, ("guardian", "1@2@b")), TimeProvider.System);
        journal.Append(JournalEvent.Of(EventKinds.Injected), TimeProvider.System);
        return journal;
    }
}
