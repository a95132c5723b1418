using Crater.Drivers;
using Crater.Journals;
using Crater.Reports.Causes;

namespace Crater.Reports;

/// <summary>A report before it is laid out: every sentence written, every figure registered with its provenance.</summary>
public sealed record ReportModel
{
    public required RunEvidence Evidence { get; init; }

    public required RunId Run { get; init; }

    public required string Title { get; init; }

    /// <summary>Null while no verdict was reached.</summary>
    public required Verdict? Verdict { get; init; }

    /// <summary>completed, aborted, open (a process died or residue is left).</summary>
    public required string Status { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    /// <inheritdoc cref="ReportFacts.IsPlain"/>
    public bool IsPlain { get; init; }

    /// <summary>Label and value: who, where, when, how long, with which version.</summary>
    public required IReadOnlyList<(string Label, string Value)> Summary { get; init; }

    /// <summary>The most important sentence, with its figure.</summary>
    public required string Finding { get; init; }

    public required IReadOnlyList<string> WhatHappened { get; init; }

    public required IReadOnlyList<string> KeyFindings { get; init; }

    public required IReadOnlyList<TimelineEntry> Timeline { get; init; }

    public required FaultWindow? Window { get; init; }

    public required IReadOnlyList<Impact> Impacts { get; init; }

    public required IReadOnlyList<ImpactRow> ImpactTable { get; init; }

    public required BlastView Blast { get; init; }

    /// <summary>Why it went so: the weakness that explains it, or that none can be told.</summary>
    public required RootCause Cause { get; init; }

    public required IReadOnlyList<Recommendation> Recommendations { get; init; }

    public required IReadOnlyList<InjectionStory> Injections { get; init; }

    public required IReadOnlyList<CertificateRow> Certificates { get; init; }

    /// <summary>Faults that may still be in place; the loudest part of the report.</summary>
    public required IReadOnlyList<ResidueLine> Residue { get; init; }

    /// <summary>What could not be seen, one sentence each.</summary>
    public required IReadOnlyList<string> NotMeasured { get; init; }

    public required IReadOnlyList<GuardRow> Guards { get; init; }

    public required IReadOnlyList<ProbeRow> Probes { get; init; }

    public required Sequence Sequence { get; init; }

    public required IReadOnlyList<Figure> Figures { get; init; }
}

/// <param name="Offset">Seconds from the fault's begin, signed, e.g. <c>+2.3 s</c>.</param>
/// <param name="IsAlarm">Worth a reader's eye: a guard, a failure, residue.</param>
public sealed record TimelineEntry(DateTimeOffset At, string Clock, string Offset, string Text, bool IsAlarm = false);

/// <summary>One line of the impact table, written out.</summary>
public sealed record ImpactRow(
    string Metric, string Component, string Before, string During, string Worst, string After, string FromStart, string FromEnd, bool? WasHit);

/// <param name="Text">What to do.</param>
/// <param name="Because">The evidence in this run.</param>
/// <param name="Source">Where the advice comes from: a risk of the catalogue, the topology, the journal.</param>
public sealed record Recommendation(string Text, string Because, string Source);

/// <summary>The recovery certificate of one injection, written out.</summary>
public sealed record CertificateRow(
    int Sequence, string Fault, string AskedAs, string Target, string Mechanism, string Before, string After, string Presence, string Evidence, bool IsClean)
{
    /// <summary>Where nobody of ours looked, with who says that the fault is off there; empty when everything was looked at.</summary>
    public string Unseen { get; init; } = "";

    /// <summary>Not seen to be clean, and not residue either.</summary>
    public bool IsAttested { get; init; }

    /// <summary>For the last column of the table.</summary>
    public string Word => IsClean ? "✔ clean" : IsAttested ? $"◐ attested, not seen: {Unseen}" : "✖ NOT clean";
}

public sealed record ResidueLine(string Fault, string Target, string Reason, string InspectWith);

/// <param name="Outcome">held, or when and why it tripped.</param>
public sealed record GuardRow(string Guard, string Outcome, bool Tripped);

/// <param name="During">The worst answer while the fault was in place.</param>
public sealed record ProbeRow(string Probe, string Expected, string Before, string During, string After);
