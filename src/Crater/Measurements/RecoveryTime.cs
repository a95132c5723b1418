namespace Crater.Measurements;

/// <summary>
/// How long a metric took to be as before: from a moment (the fault's start, or its end) to the first second from which every measured
/// second stays within the band for <see cref="Hold"/>. Seconds without a value are not within the band.
/// </summary>
/// <param name="From">The moment it is counted from.</param>
/// <param name="At">The first measurement of the stretch that held; null when there was none in the data: it did not recover while it was watched.</param>
/// <param name="LeftBand">Whether the metric was outside the band at all from that moment on.</param>
public sealed record RecoveryTime(DateTimeOffset From, DateTimeOffset? At, bool LeftBand)
{
    /// <summary>How long the metric must stay within the band to count as recovered.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromSeconds(3);

    /// <value>Zero when the metric never left the band; null when it did not recover while it was watched.</value>
    public TimeSpan? Length => At is not { } at ? null : !LeftBand || at < From ? TimeSpan.Zero : at - From;

    /// <returns>Null when nothing was measured from <paramref name="from"/> on.</returns>
    public static RecoveryTime? Of(MetricSeries series, NormalBand band, DateTimeOffset from, DateTimeOffset to)
    {
        // A second in which the moment lies belongs to both sides; it is counted from its beginning.
        var first = Floor(from);
        var points = series.Between(first, to).GroupBy(point => Floor(point.At)).ToDictionary(group => group.Key, group => group.Last());
        if (points.Count == 0)
        {
            return null;
        }

        var last = points.Keys.Max();
        DateTimeOffset? stable = null;
        var left = false;
        for (var second = first; second <= last; second += TimeSpan.FromSeconds(1))
        {
            var holds = points.TryGetValue(second, out var point) && band.Holds(point.Value);
            left |= !holds;
            stable = holds ? stable ?? second : null;
            if (left && stable is { } begun && second - begun >= Hold - TimeSpan.FromSeconds(1))
            {
                return new RecoveryTime(from, points[begun].At, true);
            }
        }

        return new RecoveryTime(from, left ? null : first, left);
    }

    private static DateTimeOffset Floor(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
}
