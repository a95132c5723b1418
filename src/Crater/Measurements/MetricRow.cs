namespace Crater.Measurements;

/// <summary>One line of <c>metrics.csv</c>. What was not measured has no line.</summary>
/// <param name="At">When the value was true, UTC.</param>
/// <param name="Phase">The station of the run, as in the journal, at the time of writing; empty outside a run.</param>
/// <param name="Component">Component id; empty for the application as its users see it.</param>
/// <param name="Value">In the metric's unit, see <see cref="KnownMetrics.Unit"/>.</param>
/// <param name="Samples">How many observations the value rests on.</param>
public sealed record MetricRow(DateTimeOffset At, string Phase, string Metric, string Component, double Value, long Samples, string Source);
