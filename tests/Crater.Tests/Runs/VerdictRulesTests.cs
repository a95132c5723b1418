using Crater.Drivers;
using Crater.Journals;
using Crater.Runs;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class VerdictRulesTests
{
    [Fact]
    public void Held_before_during_and_after_is_upheld() => Expect(Verdict.Upheld, "was met in all of 3", Story());

    [Fact]
    public void A_miss_with_the_fault_in_place_refutes() =>
        Expect(Verdict.Refuted, "1 of 4 measurements", Story(during: [During(true), During(true), During(false), During(true)]));

    [Fact]
    public void A_guard_on_fresh_data_with_the_fault_in_place_refutes_although_it_aborted_the_run() =>
        Expect(Verdict.Refuted, "tripped", Story(during: [During(true), new GuardTripped("error_rate above 0.05", "was 0.5", 0.5, IsBlind: false)]));

    [Fact]
    public void A_refutation_stands_even_when_a_person_aborted_afterwards() =>
        Expect(Verdict.Refuted, "instead of 200", Story(during: [During(false), new AbortRequested("me", "enough")]));

    [Fact]
    public void A_blind_guard_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "could not see", Story(during: [.. Enough(), new GuardTripped("error_rate above 0.05", "stale", null, IsBlind: true)]));

    [Fact]
    public void A_persons_abort_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "Aborted by me", Story(during: [.. Enough(), new AbortRequested("me", "enough")]));

    [Fact]
    public void What_interrupted_the_run_is_said_with_its_code() =>
        Expect(Verdict.Inconclusive, "interrupted: CRT5202 Nobody may.", Story(during: [.. Enough(), new RunInterrupted("CRT5202", "Nobody may.")]));

    [Fact]
    public void What_has_no_code_is_said_as_it_is() =>
        Expect(Verdict.Inconclusive, "interrupted: It fell over.", Story(during: [.. Enough(), new RunInterrupted("", "It fell over.")]));

    [Fact]
    public void Too_few_measurements_are_inconclusive() =>
        Expect(Verdict.Inconclusive, "2 of 2 times", Story(during: [During(true), During(true)]));

    [Fact]
    public void A_probe_that_could_not_tell_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "3 of 4 times", Story(during: [.. Enough(), During(null)]));

    [Fact]
    public void Too_few_guard_readings_are_inconclusive() =>
        Expect(Verdict.Inconclusive, "2 readings", [.. Story(), new GuardWatched("error_rate above 0.05", 2, 0, 0)]);

    [Fact]
    public void A_fault_that_every_look_found_absent_never_bit() =>
        Expect(Verdict.Inconclusive, "never bit", Story(during: [Seen(Presence.Absent, "ready=1"), .. Enough()]));

    [Fact]
    public void A_miss_while_the_fault_never_bit_does_not_refute() =>
        Expect(Verdict.Inconclusive, "never bit", Story(during: [Seen(Presence.Absent, "ready=1"), During(false), During(true), During(true)]));

    [Fact]
    public void A_moment_whose_target_looked_different_once_did_bite() =>
        Expect(Verdict.Upheld, "was met", Story(during: [Seen(Presence.Absent, "ready=0"), Seen(Presence.Absent, "ready=1"), .. Enough()]));

    [Fact]
    public void A_moment_that_healed_between_two_looks_did_bite_when_it_left_its_mark() =>
        Expect(Verdict.Upheld, "was met", Story(during: [Seen(Presence.Absent, "ready=1") with { HasLeftItsMark = true }, .. Enough()]));

    [Fact]
    public void A_steady_state_that_was_not_there_before_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "not there before", [Some.Planned(), new ProbeMeasured("checkout", ProbeMoment.Before, false, "503", "200")]);

    [Fact]
    public void A_steady_state_that_does_not_come_back_refutes() =>
        Expect(Verdict.Refuted, "did not come back", Story(after: new ProbeMeasured("checkout", ProbeMoment.After, false, "503", "200")));

    [Fact]
    public void A_failed_injection_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "could not be injected", [Some.Planned(), new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"), new InjectionFailed(1, "forbidden")]);

    [Fact]
    public void A_guard_that_trips_before_anything_is_in_place_does_not_refute() =>
        Expect(Verdict.Inconclusive, "no fault was known", [Some.Planned(), new GuardTripped("error_rate above 0.05", "was 0.5", 0.5, IsBlind: false)]);

    [Fact]
    public void A_run_that_measured_nothing_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "Nothing was measured", [Some.Planned(), new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"), new InjectionInjected(1, "m")]);

    [Fact]
    public void A_run_whose_process_died_is_inconclusive() =>
        Expect(Verdict.Inconclusive, "ended before its time", Story(during: [.. Enough(), new RunTakenOver("me")]));

    private static JournalEvent[] Story(JournalEvent[]? during = null, ProbeMeasured? after = null) =>
    [
        Some.Planned(Some.Injection()), new ProbeMeasured("checkout", ProbeMoment.Before, true, "200", "200"),
        new InjectionIntended(Some.Injection(), Some.Preparation(), "lab"), new InjectionInjected(1, "proxy"),
        .. during ?? Enough(), new RecoveryIntended(1), new InjectionRecovered(1, Some.Certificate()),
        after ?? new ProbeMeasured("checkout", ProbeMoment.After, true, "200", "200"),
    ];

    private static JournalEvent[] Enough() => [During(true), During(true), During(true)];

    private static ProbeMeasured During(bool? met) => new("checkout", ProbeMoment.During, met, met == true ? "200" : "503", "200");

    private static InjectionSeen Seen(Presence presence, string now) => new(1, presence, "looked") { Now = new Fingerprint(now) };

    private static void Expect(Verdict verdict, string because, IReadOnlyList<JournalEvent> events)
    {
        var reached = VerdictRules.Decide(events);
        Assert.Equal(verdict, reached.Verdict);
        Assert.Contains(reached.Reasons, reason => reason.Contains(because, StringComparison.Ordinal));
    }
}
