namespace Crater.Reports;

/// <summary>One figure of a report, as it is printed, and where in the run folder it comes from.</summary>
/// <param name="Text">As printed, with its unit: <c>23.4 %</c>.</param>
/// <param name="Value">Unrounded, in the unit of the file it comes from.</param>
public sealed record Figure(string Text, double Value, Provenance Provenance);

/// <summary>Where a figure comes from; enough to compute it again from the run folder. A closed family.</summary>
public abstract record Provenance
{
    private protected Provenance() { }
}

public enum Statistic { Mean, Median, Min, Max, Sum, Samples, Seconds }

/// <summary>A statistic over the lines of <c>metrics.csv</c> with this metric, component and source, from (included) to (excluded).</summary>
public sealed record Measured(string Metric, string Component, string Source, Statistic Statistic, DateTimeOffset From, DateTimeOffset To) : Provenance
{
    public override string ToString() =>
        $"metrics.csv: {Statistic.ToString().ToLowerInvariant()} of {Metric}{(Component.Length > 0 ? $" of {Component}" : "")} ({Source}), {Wording.Clock(From)} to {Wording.Clock(To)}";
}

/// <summary>The seconds between two lines of <c>events.jsonl</c>.</summary>
public sealed record Elapsed(long FromEvent, long ToEvent) : Provenance
{
    public override string ToString() => $"events.jsonl: from event {FromEvent} to event {ToEvent}";
}

/// <summary>The time of one line of <c>events.jsonl</c>; the value is in Unix seconds.</summary>
public sealed record Moment(long Event) : Provenance
{
    public override string ToString() => $"events.jsonl: time of event {Event}";
}

/// <summary>The time of some line of <c>metrics.csv</c>; the value is in Unix seconds.</summary>
public sealed record LineTime : Provenance
{
    public override string ToString() => "metrics.csv: time of a line";
}

/// <summary>The seconds from a line of <c>events.jsonl</c> to a line of <c>metrics.csv</c>.</summary>
public sealed record ElapsedToLine(long FromEvent) : Provenance
{
    public override string ToString() => $"from event {FromEvent} of events.jsonl to a line of metrics.csv";
}

/// <summary>Seconds from a moment to the first second from which the metric stayed as before; see docs/measurement.md.</summary>
public sealed record Recovered(
    string Metric, string Component, string Source, DateTimeOffset BaselineFrom, DateTimeOffset BaselineTo, DateTimeOffset From, DateTimeOffset To) : Provenance
{
    public override string ToString() =>
        $"metrics.csv: first second from {Wording.Clock(From)} on from which {Metric}{(Component.Length > 0 ? $" of {Component}" : "")} ({Source}) stays as before";
}

/// <summary>How many there are of something in a file of the run folder.</summary>
public sealed record Counted(string File, string What) : Provenance
{
    public override string ToString() => $"{File}: number of {What}";
}

/// <summary>Written in the file just so.</summary>
public sealed record Stated(string File) : Provenance
{
    public override string ToString() => $"{File}, as written there";
}

/// <summary>A constant of Crater itself, explained in docs/measurement.md.</summary>
public sealed record Defined(string Name) : Provenance
{
    public override string ToString() => $"definition of {Name}, docs/measurement.md";
}
