namespace Crater.Measurements;

/// <summary>What a series was like over one window of time.</summary>
public sealed record WindowStats
{
    /// <summary>Seconds with a value.</summary>
    public required int Count { get; init; }

    /// <summary>Observations behind the values.</summary>
    public required long Samples { get; init; }

    /// <summary>The mean of the seconds; of a ratio, each second weighted by its observations, so that it is the ratio of the whole window.</summary>
    public required double Mean { get; init; }

    /// <summary>The middle value of the seconds; the mean of the two middle ones when their number is even.</summary>
    public required double Median { get; init; }

    public required double Min { get; init; }

    public required double Max { get; init; }

    public required DateTimeOffset MinAt { get; init; }

    public required DateTimeOffset MaxAt { get; init; }

    /// <summary>Null when nothing was measured: no value is never a zero.</summary>
    /// <param name="isRatio">Weights the mean by observations.</param>
    public static WindowStats? Of(IReadOnlyList<MetricPoint> points, bool isRatio)
    {
        if (points.Count == 0)
        {
            return null;
        }

        var ordered = points.OrderBy(point => point.Value).ToList();
        var middle = ordered.Count / 2;
        var weight = isRatio ? points.Sum(point => (double)point.Samples) : 0;
        return new WindowStats
        {
            Count = points.Count,
            Samples = points.Sum(point => point.Samples),
            Mean = weight > 0 ? points.Sum(point => point.Value * point.Samples) / weight : points.Average(point => point.Value),
            Median = ordered.Count % 2 == 1 ? ordered[middle].Value : (ordered[middle - 1].Value + ordered[middle].Value) / 2,
            Min = ordered[0].Value,
            Max = ordered[^1].Value,
            MinAt = points.First(point => point.Value == ordered[0].Value).At,
            MaxAt = points.First(point => point.Value == ordered[^1].Value).At,
        };
    }
}
