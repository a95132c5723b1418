namespace Crater.Reports;

/// <summary>A report is a pure function of the run folder.</summary>
public static class RunReport
{
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
            Reasons = facts.Verdict?.Reasons ?? [],
            Summary = Tables.Summary(facts),
            Finding = Findings.Line(facts),
            WhatHappened = Findings.WhatHappened(facts),
            KeyFindings = Findings.Key(facts),
            Timeline = timeline,
            Window = facts.Window,
            Impacts = facts.Impacts,
            ImpactTable = Tables.Impacts(facts),
            Blast = facts.Blast,
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
