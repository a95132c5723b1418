using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class PlainVerdictTests
{
    [Fact]
    public void Held_before_and_after_is_upheld_and_says_that_nothing_was_measured_beside_the_method() =>
        Expect(Verdict.Upheld, "beside it nothing was measured", Story());

    [Fact]
    public void What_held_beside_the_method_is_counted() =>
        Expect(Verdict.Upheld, "in all of 2 measurements", Story(beside: [Beside(true), Beside(true)]));

    [Fact]
    public void An_upheld_run_does_not_claim_a_fault() =>
        Assert.DoesNotContain(VerdictRules.Decide(Story()).Reasons, reason => reason.Contains("fault", StringComparison.Ordinal));

    [Fact]
    public void A_miss_after_the_method_refutes() => Expect(Verdict.Refuted, "after the method", Story(after: Probe(ProbeMoment.After, false)));

    [Fact]
    public void A_miss_beside_the_method_refutes_although_it_came_back() =>
        Expect(Verdict.Refuted, "1 of 2 measurements", Story(beside: [Beside(true), Beside(false)]));

    [Fact]
    public void A_gate_that_is_not_met_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "not there before", [Some.Planned(), Probe(ProbeMoment.Before, false)]);

    [Fact]
    public void A_failed_action_is_inconclusive() => Expect(Verdict.Inconclusive, "'a' failed: no such host", Story(status: "failed"));

    [Fact]
    public void An_action_that_was_cut_is_inconclusive() => Expect(Verdict.Inconclusive, "was cut", [.. Story(), new ActivityCut("b", 1)]);

    [Fact]
    public void Without_a_hypothesis_nothing_was_measured() =>
        Expect(Verdict.Inconclusive, "Nothing was measured", [Some.Planned(), Started(), new ActivityFinished("a", "succeeded", "0", 1)]);

    [Fact]
    public void A_method_that_was_not_played_proves_nothing() =>
        Expect(Verdict.Inconclusive, "Nothing was tried", [Some.Planned(), Probe(ProbeMoment.Before, true), Probe(ProbeMoment.After, true)]);

    [Fact]
    public void A_rehearsal_proves_nothing_even_when_it_misses() =>
        Expect(Verdict.Inconclusive, "actions were left out", [Some.Planned() with { Dry = DryStrategy.Actions }, .. Story(after: Probe(ProbeMoment.After, false))[1..]]);

    [Fact]
    public void A_hypothesis_that_was_only_checked_afterwards_was_not_known_before() =>
        Expect(Verdict.Inconclusive, "not measured before", [Some.Planned(), Started(), Probe(ProbeMoment.After, true)]);

    [Fact]
    public void A_resumed_run_tells_what_nobody_knows() =>
        Expect(Verdict.Inconclusive, "What method[0] had done", [.. Story(), new RunTakenOver("me"), new RunResumed(RunResumed.Continue, "method[1]", ["method[0]"])]);

    private static JournalEvent[] Story(JournalEvent[]? beside = null, ProbeMeasured? after = null, string status = "succeeded") =>
    [
        Some.Planned(), Probe(ProbeMoment.Before, true), Started(), .. beside ?? [],
        new ActivityFinished("a", status, status == "failed" ? "no such host" : "0", 1) { Place = "method[0]" }, after ?? Probe(ProbeMoment.After, true),
    ];

    private static ActivityStarted Started() => new("a") { Place = "method[0]" };

    private static ProbeMeasured Beside(bool met) => Probe(ProbeMoment.During, met) with { IsWithoutFault = true };

    private static ProbeMeasured Probe(ProbeMoment when, bool met) => new("checkout", when, met, met ? "200" : "503", "200");

    private static void Expect(Verdict verdict, string because, IReadOnlyList<JournalEvent> events)
    {
        var reached = VerdictRules.Decide(events);
        Assert.Equal(verdict, reached.Verdict);
        Assert.Contains(reached.Reasons, reason => reason.Contains(because, StringComparison.Ordinal));
    }
}
