using System.Text.RegularExpressions;
using Crater.Drivers;
using Crater.Journals;

namespace Crater.Reports.Causes;

/// <summary>The events of the journal that say something new, each in words of our own.</summary>
internal static partial class EventFacts
{
    /// <summary>More would be told of a run that has hundreds of probes than anyone reads; the first ones are where a cause is.</summary>
    private const int EventsMax = 80;

    public static void AddTo(FactBook book, ReportFacts facts)
    {
        foreach (var entry in Timeline.News(facts.Evidence.Events).Where(entry => Told(entry, facts, book) is not null).Take(EventsMax))
        {
            var (told, ours, message) = Told(entry, facts, book)!.Value;
            var kind = MessageKinds.Of(message);
            book.Add(new Fact(IdOf(entry), FactKind.Event, $"event {entry.Number}",
                $"{Offset(entry, facts)} {told}{(kind is MessageKind.None or MessageKind.Unclear ? "" : $" ({kind.Text()})")}")
            {
                IsOurs = ours,
                Message = message,
            });
        }
    }

    public static string IdOf(JournalEvent entry) => $"e{entry.Number}";

    private static (string Told, bool IsOurs, string Message)? Told(JournalEvent entry, ReportFacts facts, FactBook book)
    {
        string Fault(int sequence) => facts.Stories.FirstOrDefault(story => story.Injection.Sequence == sequence)?.Injection.Fault.Name ?? "a fault";
        return entry switch
        {
            ProbeMeasured e => ($"probe {book.Name("p", e.Probe)} {(e.Met switch { true => "met its tolerance", false => "missed its tolerance", _ => "could not tell" })} {Moment(e.When)}", false, e.Met == true ? "" : e.Seen),
            InjectionInjected e => ($"Crater put {Fault(e.Sequence)} in place", true, ""),
            InjectionFailed e => ($"Crater could not put {Fault(e.Sequence)} in place", true, e.Reason),
            InjectionSeen e => ($"Crater looked: {Fault(e.Sequence)} is {e.Presence.ToString().ToLowerInvariant()}", true, ""),
            GuardTripped e => ($"guard {book.Name("g", e.Guard)} {(e.IsBlind ? "could not see" : "saw what must not be")} and ended the run", false, e.Reason),
            AbortRequested => ("a person, a signal or a control ended the run", false, ""),
            RunInterrupted e => ($"the run could not go on{(Code().IsMatch(e.Code) ? $" ({e.Code})" : "")}", false, e.Reason),
            ActivityFinished e when e.Status != "succeeded" => ("an activity of the document failed", false, ""),
            ActivityFinished => ("an activity of the document succeeded", false, ""),
            InjectionLifted e => ($"Crater took {Fault(e.Sequence)} off", true, ""),
            InjectionRecovered { Certificate.IsAttested: true } e => ($"recovery from {Fault(e.Sequence)} was attested by the engine that injected it", true, e.Certificate.Unseen),
            InjectionRecovered { Certificate.IsClean: true } e => ($"recovery from {Fault(e.Sequence)} was proven", true, ""),
            InjectionRecovered e => ($"recovery from {Fault(e.Sequence)} could not be proven", true, e.Certificate.Evidence),
            RecoveryFailed e => ($"recovery from {Fault(e.Sequence)} failed", true, e.Reason),
            VerdictReached e => ($"verdict: {e.Verdict.ToString().ToLowerInvariant()}", false, ""),
            _ => null,
        };
    }

    private static string Offset(JournalEvent entry, ReportFacts facts) => Wording.Offset(entry.At - facts.Origin.At);

    private static string Moment(ProbeMoment when) => when switch
    {
        ProbeMoment.Before => "before the fault",
        ProbeMoment.During => "during the fault",
        _ => "after the fault",
    };

    [GeneratedRegex(@"^CRT\d{4}\z")]
    private static partial Regex Code();
}
