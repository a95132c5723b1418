using Crater.Journals;

namespace Crater.Reports.Causes;

/// <summary>Says why a run went as it did with the catalogue's words and the run's figures: what happens when no model is asked, and what any model is measured by.</summary>
internal sealed class RuleNarrator(ReportFacts facts, Spread spread, Harm harm, IReadOnlyList<(string Id, SuspectedWeakness Weakness)> weaknesses, FactBook book)
{
    private readonly List<Statement> _statements = [];

    public Narrative Write()
    {
        var conclusion = Conclude();
        if (conclusion is not (Conclusion.NothingTested or Conclusion.NotEnoughEvidence) || facts.Window is not null)
        {
            _statements.AddRange(new ObservedChain(facts, spread, harm, book).Write());
        }

        var confidence = conclusion switch
        {
            Conclusion.Weakness => ExplainWeakness(),
            Conclusion.Unexplained => ExplainNothing(),
            Conclusion.NoHarm => ExplainCalm(),
            Conclusion.NothingTested => ExplainUntested(),
            _ => ExplainThinEvidence(),
        };
        return new Narrative { Conclusion = conclusion, Weakness = conclusion == Conclusion.Weakness ? weaknesses[0].Id : "", Confidence = confidence, Statements = _statements };
    }

    private Conclusion Conclude() => facts.Window is null && !facts.IsPlain ? Conclusion.NothingTested
        : facts.IsPlain || harm.WasUnwell ? Conclusion.NotEnoughEvidence
        : harm.IsSeen ? (weaknesses.Count > 0 ? Conclusion.Weakness : Conclusion.Unexplained)
        : harm.WasWatched && facts.Verdict?.Verdict == Verdict.Upheld ? Conclusion.NoHarm
        : Conclusion.NotEnoughEvidence;

    private Confidence ExplainWeakness()
    {
        var (id, main) = weaknesses[0];
        var rivals = weaknesses.Skip(1).Where(other => other.Weakness.Finding.Component != main.Finding.Component || other.Weakness.Risk.Id != main.Risk.Id)
            .Where(other => other.Weakness.IsSeen).DistinctBy(other => other.Weakness.Finding.Rule + other.Weakness.Finding.Component).Take(3).ToList();
        var label = book.Alias(main.Finding.Component) is { Length: > 0 } alias ? $"{{{alias}}}" : "the application";
        Say(Part.Cause, $"{{{id}.title}} ({label}: {{{id}}}). {{{id}.mode}}", id);
        var sure = main is { IsSeen: true, IsTested: true };
        var confidence = !main.IsSeen ? Confidence.Low : !sure || rivals.Count > 0 || !StartsWithTheFault() ? Confidence.Medium : Confidence.High;
        Say(Part.Confidence, string.Join(' ', Reasons(main, rivals.Count > 0)), [id, .. Ours().Take(1)]);
        foreach (var rival in rivals)
        {
            Say(Part.Confidence, $"Also possible: {{{rival.Id}.title}} ({{{rival.Id}}}).", rival.Id);
        }

        // The recommendations of a report are those of the risk that was tested, and stand right below.
        foreach (var step in main.IsTested ? [] : book.Steps(id))
        {
            Say(Part.Prevention, $"{{{step}}}", id);
        }

        if (main.IsTested)
        {
            Say(Part.Prevention, $"The recommendations below that name {{{id}.risk}} are about this weakness.", id);
        }

        Say(Part.Settle, rivals.Count > 0
            ? "Mend the first one alone and run the same experiment again with seed {seed}: when the loss is gone, it was this; when it stays, the next one is to be looked at."
            : "Mend it and run the same experiment again with seed {seed}: when the loss is gone, it was this; when it stays, it was not.");
        if (!main.IsSeen)
        {
            Say(Part.Settle, "Declare how it really is, so that the rule knows instead of asking: docs/risks.md has the annotations.");
        }

        return confidence;
    }

    private IEnumerable<string> Reasons(SuspectedWeakness main, bool hasRivals)
    {
        yield return main.IsSeen ? "The weakness was seen in the topology before anything was done." : "Nobody has declared or seen that the weakness is there; it is only not known to be absent.";
        yield return main.IsTested ? "The experiment was made to test it, and what was lost is what the catalogue predicts." : "The experiment was not made to test it, but its test would have done the same to the same place.";
        yield return StartsWithTheFault() ? "The loss began while the fault was in place." : "When the loss began was not measured closely enough to tie it to the fault.";
        if (hasRivals)
        {
            yield return "Other weaknesses would show in the same way, so this run alone does not tell them apart.";
        }
    }

    private bool StartsWithTheFault() => harm.Users.Concat(harm.Components).Any(impact => impact.LeftAt <= impact.Window.FaultTo) || harm.Missed.Count > 0;

    private Confidence ExplainNothing()
    {
        Say(Part.Confidence, facts.Evidence.Topology is null
            ? "The run folder has no topology, so nothing is known of what depends on what."
            : "No rule that the topology violates has a test that would have done this to this place.", [.. Ours().Take(1)]);
        Say(Part.Settle, "Look at the component nearest to the fault that was hit first: its time limits, its retries and what it does without the one that it calls. Declare what you find, and run the same experiment again with seed {seed}.");
        return Confidence.Low;
    }

    private Confidence ExplainCalm()
    {
        Say(Part.Confidence, "Users and probes were watched while the fault was in place, and nothing left its normal band.", [.. Ours().Take(1)]);
        Say(Part.Settle, "A stronger or longer fault, or more load, would say how far this goes.");
        return Confidence.High;
    }

    private Confidence ExplainUntested()
    {
        var failed = facts.Stories.Select(story => story.Failed).OfType<InjectionFailed>().Select(EventFacts.IdOf).ToArray();
        Say(Part.Confidence, failed.Length > 0 ? "The driver could not put the fault in place." : "The run ended before it was the fault's turn.", [.. failed.DefaultIfEmpty("fault")]);
        Say(Part.Settle, "Remove what the journal gives as the reason, and run it again.");
        return Confidence.High;
    }

    private Confidence ExplainThinEvidence()
    {
        foreach (var (why, settle, cites) in Gaps())
        {
            Say(Part.Confidence, why, cites);
            Say(Part.Settle, settle);
        }

        return Confidence.Low;
    }

    private IEnumerable<(string Why, string Settle, string[] Cites)> Gaps()
    {
        if (facts.IsPlain)
        {
            yield return ("Crater injected nothing, and does not know what the document's own activities changed.", "Describe the disturbance as a fault of the catalogue; then target, time and dependencies are known.", ["fault"]);
            yield break;
        }

        if (harm.WasUnwell)
        {
            yield return ("The steady state was missed before the fault was in place, so what came after may have another cause.", "Get the steady state to hold first, then run it again.",
                [.. facts.Evidence.Events.OfType<ProbeMeasured>().Where(probe => probe is { When: ProbeMoment.Before, Met: false }).Select(EventFacts.IdOf).Where(id => book.Find(id) is not null).Take(3).DefaultIfEmpty("fault")]);
        }

        if (!harm.WasWatched)
        {
            yield return ("Nothing was measured by which a loss would have been seen.", "Run it with load beside it (--load), or give it a probe or a metrics source.", [.. Ours().Take(1)]);
        }

        foreach (var blind in facts.Evidence.Events.OfType<GuardTripped>().Where(guard => guard.IsBlind))
        {
            yield return ($"The guard {{{book.Name("g", blind.Guard)}}} could not see and ended the run.", "Give the guard a source that answers for its metric.", [EventFacts.IdOf(blind)]);
        }

        foreach (var abort in facts.Evidence.Events.OfType<AbortRequested>().Take(1))
        {
            yield return ("The run was ended before it had shown anything.", "Let it run to its end.", [EventFacts.IdOf(abort)]);
        }

        if (harm is { WasWatched: true, WasUnwell: false } && !facts.Evidence.Events.Any(entry => entry is AbortRequested or GuardTripped))
        {
            yield return ("Nothing that was measured was lost, but too little was measured for a verdict.", "Run it longer, or with more load.", [.. Ours().Take(1)]);
        }
    }

    private IEnumerable<string> Ours() => facts.Stories.Select(story => story.Injected).OfType<InjectionInjected>().Select(EventFacts.IdOf).Where(id => book.Find(id) is not null).DefaultIfEmpty("fault");

    private void Say(Part part, string text, params string[] cites) => _statements.Add(new Statement(part, text, cites));
}
