using Crater.Journals;

namespace Crater.Reports;

/// <summary>The three stretches of a run that measurements are compared over.</summary>
/// <param name="BaselineFrom">First measurement.</param>
/// <param name="BaselineTo">The first intent to inject.</param>
/// <param name="FaultBegin">The first injection is in place.</param>
/// <param name="FaultFinish">The last injection is taken off.</param>
/// <param name="End">Last event or measurement.</param>
public sealed record FaultWindow(
    DateTimeOffset BaselineFrom, DateTimeOffset BaselineTo, JournalEvent FaultBegin, JournalEvent FaultFinish, DateTimeOffset End)
{
    public DateTimeOffset FaultFrom => FaultBegin.At;

    public DateTimeOffset FaultTo => FaultFinish.At;

    /// <returns>Null when no fault was ever put in place: there is nothing to compare.</returns>
    public static FaultWindow? From(RunEvidence evidence, IReadOnlyList<InjectionStory> stories)
    {
        var bitten = stories.Where(story => story.Injected is not null).ToList();
        if (bitten.Count == 0)
        {
            return null;
        }

        var last = evidence.Events[^1];
        var begin = bitten.MinBy(story => story.Injected!.At)!.Injected!;
        var finish = bitten.All(story => story.Ended is not null) ? bitten.MaxBy(story => story.Ended!.At)!.Ended! : last;
        var times = evidence.Metrics.Select(row => row.At).DefaultIfEmpty(evidence.Events[0].At).ToList();

        // A measured second is named by its beginning; the second in which the fault begins belongs to neither side of it, but to the fault.
        return new FaultWindow(
            times.Min(), Floor(stories.Where(story => story.Intended is not null).Min(story => story.Intended!.At)), begin, finish,
            times.Max() is var end && end + TimeSpan.FromSeconds(1) > last.At ? end + TimeSpan.FromSeconds(1) : last.At);
    }

    /// <summary>The whole second that holds the begin of the fault.</summary>
    public DateTimeOffset FaultFromSecond => Floor(FaultFrom);

    /// <summary>The first whole second after the fault.</summary>
    public DateTimeOffset FaultToSecond => Floor(FaultTo) + TimeSpan.FromSeconds(1);

    private static DateTimeOffset Floor(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
}
