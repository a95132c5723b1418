using System.Text;
using System.Text.Json;
using Crater.Experiments;
using Crater.Journals;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Journals;

public sealed class JournalLineTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 9, 30, 1, 234, 567, TimeSpan.Zero);

    public static TheoryData<JournalEvent> Events =>
    [
        Some.Planned(),
        Some.Planned() with { Dry = DryStrategy.Pause, Frequency = TimeSpan.FromSeconds(1.5), FailFast = true, Files = new Dictionary<string, string> { ["a"] = "b", ["é"] = "\"" } },
        Some.Planned(Some.Injection()),
        .. Enum.GetValues<RunPhase>().Select(phase => new PhaseEntered(phase)),
        new ProbeMeasured("p", ProbeMoment.During, null, "seen <&>", "200"),
        new ProbeMeasured("p", ProbeMoment.After, true, "", "") { Place = "x", Began = At, Seconds = 0.25, Output = "{\"a\":1}", Exception = ["a", "b\n"], IsWithoutFault = true },
        new ActivityStarted("nämé") { Place = "method[0]" },
        new ActivityFinished("a", "failed", "CRT2301 \u0001", 1e-7) { Place = "method[0]", Exception = ["one", "two"] },
        new ActivityFinished("a", "succeeded", "😀", 12),
        new HypothesisChecked(ProbeMoment.Before, null), new HypothesisChecked(ProbeMoment.After, false),
        new VerdictReached(Verdict.Inconclusive, ["because", ""]), new RunClosed(new Dictionary<string, string> { ["journal.json"] = "00" }),
        new AbortRequested("me", "enough"), new ActivityCut("a", 2),
    ];

    [Theory]
    [MemberData(nameof(Events))]
    public void A_line_is_what_the_serializer_would_write(JournalEvent entry)
    {
        var stamped = entry with { Number = 7, At = At };
        Assert.Equal(JsonSerializer.Serialize(stamped, JournalJson.Default.JournalEvent) + "\n", Encoding.UTF8.GetString(JournalLine.Of(stamped).Span));
    }
}
