using Crater.Cli.Chaos.Log;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

public sealed class LogTextTests
{
    private static readonly LogEntry Entry = new(new DateTimeOffset(2026, 11, 21, 9, 8, 7, TimeSpan.Zero), ChaosLevel.Warning, "run", 42, "one\ntwo");

    [Fact]
    public void A_line_begins_with_time_and_level_and_further_lines_are_indented() =>
        Assert.Equal("[2026-11-21 09:08:07 WARNING] one\n    two", LogText.Of(Entry, withPlace: false, coloured: false));

    [Fact]
    public void The_file_says_which_place_spoke() =>
        Assert.Equal("[2026-11-21 09:08:07 WARNING] [run:42] one\n    two", LogText.Of(Entry, withPlace: true, coloured: false));

    [Fact]
    public void Colours_are_ended_where_they_were_begun() =>
        Assert.Equal("\u001b[33m[2026-11-21 09:08:07 WARNING]\u001b[39m one\n    two", LogText.Of(Entry, withPlace: false, coloured: true));

    [Fact]
    public void What_is_masked_is_masked_on_every_end()
    {
        var (one, two) = (new Ear(), new Ear());
        using var log = new ChaosLog(TimeProvider.System, [one, two]) { Mask = text => text.Replace("hush", "*****", StringComparison.Ordinal) };

        log.Info("say hush", "run");

        Assert.Equal(["say *****"], one.Heard);
        Assert.Equal(["say *****"], two.Heard);
    }

    private sealed class Ear : ILogEnd
    {
        public List<string> Heard { get; } = [];

        public void Write(LogEntry entry) => Heard.Add(entry.Message);

        public void Dispose() { }
    }
}
