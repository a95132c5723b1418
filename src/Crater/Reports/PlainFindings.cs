using Crater.Journals;

namespace Crater.Reports;

/// <summary>What a run without injections showed: what was asked of its hypothesis, when, and what nobody looked at.</summary>
internal static class PlainFindings
{
    public static string Line(ReportFacts facts)
    {
        var played = facts.Evidence.Events.Any(entry => entry is ActivityStarted { Place: var place } && !place.StartsWith("rollbacks", StringComparison.Ordinal))
            ? "the document's own activities were played"
            : "no activity of the method was played";
        return $"Finding: Crater injected nothing; {played}; {Hypothesis(facts)}.";
    }

    /// <summary>One sentence for each probe of the hypothesis.</summary>
    public static IReadOnlyList<string> Key(ReportFacts facts) =>
        [.. Tables.Probes(facts).Select(row => $"'{row.Probe}' (expected {row.Expected}): before the method {row.Before}; beside it {row.During}; after it {row.After}.")];

    /// <summary>What a reader might take for measured and was not.</summary>
    public static IEnumerable<string> Blind(ReportFacts facts)
    {
        var probes = Probes(facts);
        if (probes.Count == 0)
        {
            yield return "No probe of a hypothesis was asked, so nothing is known of the steady state.";
        }
        else if (!probes.Any(probe => probe.When == ProbeMoment.During))
        {
            yield return "The hypothesis was not checked while the method was played: what went wrong and came right again in that time was not seen.";
        }

        yield return "Crater does not know what the document's own activities changed, nor whether its rollbacks have put it back.";
    }

    private static string Hypothesis(ReportFacts facts)
    {
        var probes = Probes(facts).GroupBy(probe => probe.Probe).ToList();
        var missed = probes.Count(probe => probe.Any(measured => measured.Met == false));
        var unknown = probes.Count(probe => probe.Any(measured => measured.Met is null) && probe.All(measured => measured.Met != false));
        var all = facts.Book.Count(probes.Count, "probe", "events.jsonl");
        return (probes.Count, missed, unknown) switch
        {
            (0, _, _) => "no probe of a hypothesis was asked",
            (_, 0, 0) => $"{all} of the hypothesis {(probes.Count == 1 ? "was" : "were")} met every time {(probes.Count == 1 ? "it was" : "they were")} asked",
            (_, 0, _) => $"of {all} of the hypothesis {facts.Book.Stated(unknown)} could not tell",
            _ => $"of {all} of the hypothesis {facts.Book.Stated(missed)} missed",
        };
    }

    private static IReadOnlyList<ProbeMeasured> Probes(ReportFacts facts) => [.. facts.Evidence.Events.OfType<ProbeMeasured>()];
}
