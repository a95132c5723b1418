using Crater.Journals;

namespace Crater.Reports;

/// <summary>What really happened as messages between those who took part.</summary>
public sealed record Sequence(IReadOnlyList<string> Participants, IReadOnlyList<SequenceStep> Steps)
{
    private const string Crater = "Crater";
    private const string Users = "Users";

    /// <summary>More messages than this are no picture any more; the timeline has them all.</summary>
    private const int StepsMax = 24;

    internal static Sequence From(ReportFacts facts, IReadOnlyList<TimelineEntry> timeline)
    {
        List<SequenceStep> steps = [];
        var places = facts.Stories.ToDictionary(story => story.Injection.Sequence, ReportFacts.Place);
        var offsets = timeline.GroupBy(entry => entry.At).ToDictionary(group => group.Key, group => group.First().Offset);
        foreach (var entry in facts.Evidence.Events)
        {
            if (Step(entry, facts, places) is { } step)
            {
                steps.Add(step with { Offset = offsets.GetValueOrDefault(entry.At, ""), At = entry.At });
            }
        }

        steps.AddRange(facts.UserImpacts.Where(impact => impact.WasHit == true && impact.WorstSeenAt is not null).Select(impact => new SequenceStep(
            places.Values.FirstOrDefault(Crater), Users,
            $"{Wording.Name(impact.Metric).ToLowerInvariant()} {facts.Book.Usual(impact, impact.Window.BaselineFrom, impact.Window.BaselineTo)} → {facts.Book.Worst(impact)}",
            IsReply: true)
        { At = impact.WorstSeenAt!.Value, Offset = offsets.GetValueOrDefault(impact.WorstSeenAt!.Value, "") }));

        var ordered = steps.OrderBy(step => step.At).Take(StepsMax).ToList();
        string[] all = [Crater, .. facts.Stories.Select(story => story.Injection.Driver).Distinct(), .. places.Values.Distinct(), Users];
        return new Sequence([.. all.Distinct().Where(name => ordered.Any(step => step.From == name || step.To == name))], ordered);
    }

    private static SequenceStep? Step(JournalEvent entry, ReportFacts facts, Dictionary<int, string> places)
    {
        string Driver(int sequence) => facts.Stories.FirstOrDefault(story => story.Injection.Sequence == sequence)?.Injection.Driver ?? Crater;
        return entry switch
        {
            InjectionIntended e => new SequenceStep(Crater, e.Injection.Driver, $"inject {e.Injection.Fault.Name}"),
            InjectionInjected e => new SequenceStep(Driver(e.Sequence), places.GetValueOrDefault(e.Sequence, Crater), e.Mechanism),
            InjectionFailed e => new SequenceStep(Driver(e.Sequence), Crater, $"failed: {e.Reason}", IsReply: true),
            GuardTripped e => new SequenceStep(Crater, Crater, $"guard tripped: {e.Guard}"),
            AbortRequested e => new SequenceStep(Crater, Crater, $"abort by {e.By}"),
            RecoveryIntended e => new SequenceStep(Crater, Driver(e.Sequence), "recover"),
            InjectionRecovered e => new SequenceStep(Driver(e.Sequence), Crater, e.Certificate.IsClean ? "clean: as it was before" : e.Certificate.IsAttested ? "attested: as it was before, as far as can be seen" : "NOT clean", IsReply: true),
            InjectionLifted e => new SequenceStep(Driver(e.Sequence), places.GetValueOrDefault(e.Sequence, Crater), "take it off"),
            RunTakenOver e => new SequenceStep(Crater, Crater, $"taken over by {e.By}"),
            RunInterrupted e => new SequenceStep(Crater, Crater, $"cannot go on: {e.Reason}"),
            RecoveryFailed e => new SequenceStep(Driver(e.Sequence), Crater, $"recovery failed: {e.Reason}", IsReply: true),
            VerdictReached e => new SequenceStep(Crater, Crater, $"verdict: {e.Verdict.ToString().ToLowerInvariant()}"),
            _ => null,
        };
    }
}

/// <param name="IsReply">Drawn with a dashed line.</param>
public sealed record SequenceStep(string From, string To, string Text, bool IsReply = false)
{
    public DateTimeOffset At { get; init; }

    public string Offset { get; init; } = "";
}
