using Crater.Journals;
using Crater.Reports.Causes;
using Crater.Risks;

namespace Crater.Reports;

/// <summary>A report is a pure function of the run folder.</summary>
public static class RunReport
{
    /// <summary>Reads the run folder; the recommendations are those of the risk that its experiment names, from the catalogue of this release.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT8002: the folder holds no run. CRT4002, CRT4003: its journal is newer or damaged.</exception>
    public static ReportModel From(RunFolder folder)
    {
        var evidence = RunEvidence.Read(folder);
        var risk = evidence.Document is { Risk.Length: > 0 } words ? RiskCatalogue.BuiltIn.Find(words.Risk) : null;
        return From(evidence, risk is null ? null : RiskNotes.From(risk, evidence));
    }

    /// <param name="risk">What the catalogue says about the risk that the experiment names; null when it names none.</param>
    public static ReportModel From(RunEvidence evidence, RiskNotes? risk)
    {
        var facts = ReportFacts.From(evidence);
        var timeline = Timeline.From(facts);
        return new ReportModel
        {
            Evidence = evidence,
            Run = facts.Plan.Run,
            Title = facts.Plan.Title,
            Verdict = facts.Verdict?.Verdict,
            Status = Tables.Status(facts),
            Reasons = [.. (facts.Verdict?.Reasons ?? []).Select(facts.Book.Shortened)],
            IsPlain = facts.IsPlain,
            Summary = Tables.Summary(facts),
            Finding = Findings.Line(facts),
            WhatHappened = Findings.WhatHappened(facts),
            KeyFindings = Findings.Key(facts),
            Timeline = timeline,
            Window = facts.Window,
            Impacts = facts.Impacts,
            ImpactTable = Tables.Impacts(facts),
            Blast = facts.Blast,
            Cause = CaseFile.From(facts).Tell(evidence.Narrative, facts.Book),
            Recommendations = Recommending.From(facts, risk),
            Injections = facts.Stories,
            Certificates = Tables.Certificates(facts),
            Residue = Tables.Residue(facts),
            NotMeasured = BlindSpots.From(facts),
            Guards = Tables.Guards(facts),
            Probes = Tables.Probes(facts),
            Sequence = Sequence.From(facts, timeline),
            Figures = facts.Book.Figures,
        };
    }
}
