using Crater.Drivers;
using Crater.Journals;

namespace Crater.Reports;

/// <summary>What happened to one injection, as the journal tells it.</summary>
public sealed record InjectionStory
{
    public required Injection Injection { get; init; }

    /// <summary>Null when the run ended before it was its turn.</summary>
    public InjectionIntended? Intended { get; init; }

    public InjectionInjected? Injected { get; init; }

    public InjectionFailed? Failed { get; init; }

    /// <summary>Looks at the target while the fault should have been in place.</summary>
    public IReadOnlyList<InjectionSeen> Seen { get; init; } = [];

    /// <summary>The first time recovery was begun.</summary>
    public RecoveryIntended? RecoveryBegun { get; init; }

    /// <summary>The driver carried the removal out; null when it never said so.</summary>
    public InjectionLifted? Lifted { get; init; }

    /// <summary>The end of the fault, as far as is known: the removal, else the begin of recovery; null when neither came.</summary>
    public JournalEvent? Ended => Lifted as JournalEvent ?? RecoveryBegun;

    /// <summary>The last word about recovery; null when there was none.</summary>
    public InjectionRecovered? Recovered { get; init; }

    public RecoveryFailed? RecoveryFailed { get; init; }

    /// <summary>It was begun and there is no clean proof that it is over.</summary>
    public bool IsResidue => Intended is not null && Recovered is not ({ Certificate.IsClean: true } or { Certificate.IsAttested: true });

    public static IReadOnlyList<InjectionStory> From(IReadOnlyList<JournalEvent> events)
    {
        var planned = events.OfType<RunPlanned>().First().Injections;
        var begun = events.OfType<InjectionIntended>().Select(intended => intended.Injection);
        return [.. planned.Concat(begun).GroupBy(injection => injection.Sequence).OrderBy(group => group.Key).Select(group => Of(group.Last(), events))];
    }

    private static InjectionStory Of(Injection injection, IReadOnlyList<JournalEvent> events)
    {
        var sequence = injection.Sequence;
        return new InjectionStory
        {
            Injection = injection,
            Intended = events.OfType<InjectionIntended>().FirstOrDefault(e => e.Injection.Sequence == sequence),
            Injected = events.OfType<InjectionInjected>().FirstOrDefault(e => e.Sequence == sequence),
            Failed = events.OfType<InjectionFailed>().LastOrDefault(e => e.Sequence == sequence),
            Seen = [.. events.OfType<InjectionSeen>().Where(e => e.Sequence == sequence)],
            RecoveryBegun = events.OfType<RecoveryIntended>().FirstOrDefault(e => e.Sequence == sequence),
            Lifted = events.OfType<InjectionLifted>().FirstOrDefault(e => e.Sequence == sequence),
            Recovered = events.OfType<InjectionRecovered>().LastOrDefault(e => e.Sequence == sequence),
            RecoveryFailed = events.OfType<RecoveryFailed>().LastOrDefault(e => e.Sequence == sequence),
        };
    }
}
