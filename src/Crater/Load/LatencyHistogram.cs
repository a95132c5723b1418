using System.Numerics;

namespace Crater.Load;

/// <summary>
/// Counts latencies in buckets whose width grows with the value, so that memory is bounded and every percentile is within 1 %:
/// <code>
///   0 … 127 µs        one bucket per microsecond
///   128 … 255 µs      64 buckets of 2 µs
///   256 … 511 µs      64 buckets of 4 µs            width / value ≤ 1/64; the middle is reported, so the error is ≤ 1/128
///   …                 …
/// </code>
/// The idea is Gil Tene's HdrHistogram; the code is not.
/// </summary>
/// <seealso href="https://hdrhistogram.github.io/HdrHistogram/">HdrHistogram</seealso>
public sealed class LatencyHistogram
{
    private const int Exact = 128;
    private const int PerOctave = Exact / 2;

    /// <summary>2^36 µs is 19 hours; longer latencies are counted in the last bucket.</summary>
    private const int OctavesMax = 36 - 7;

    private readonly int[] _counts = new int[Exact + OctavesMax * PerOctave];

    /// <summary>How many latencies were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The largest latency recorded, exactly to the microsecond.</summary>
    public TimeSpan Max { get; private set; }

    public void Record(TimeSpan latency)
    {
        var microseconds = Math.Max(0, latency.Ticks / TimeSpan.TicksPerMicrosecond);
        _counts[Index(microseconds)]++;
        Count++;
        Max = latency > Max ? latency : Max;
    }

    public void Add(LatencyHistogram other)
    {
        for (var index = 0; index < _counts.Length; index++)
        {
            _counts[index] += other._counts[index];
        }

        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The latency that <paramref name="share"/> of the recorded ones do not exceed (nearest rank), within 1 %; null when there is none.</summary>
    /// <param name="share">Range: 0 to 1, e.g. 0.95.</param>
    public TimeSpan? Percentile(double share)
    {
        if (Count == 0)
        {
            return null;
        }

        var rank = Math.Clamp((long)Math.Ceiling(share * Count), 1, Count);
        if (rank == Count)
        {
            return Max;
        }

        long seen = 0;
        for (var index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= rank)
            {
                var middle = Middle(index);
                return middle < Max ? middle : Max;
            }
        }

        return Max;
    }

    private static int Index(long microseconds)
    {
        if (microseconds < Exact)
        {
            return (int)microseconds;
        }

        var octave = BitOperations.Log2((ulong)microseconds) - 6;
        if (octave > OctavesMax)
        {
            return Exact + OctavesMax * PerOctave - 1;
        }

        return Exact + (octave - 1) * PerOctave + (int)(microseconds >> octave) - PerOctave;
    }

    private static TimeSpan Middle(int index)
    {
        if (index < Exact)
        {
            return TimeSpan.FromMicroseconds(index);
        }

        var octave = (index - Exact) / PerOctave + 1;
        var lower = (long)((index - Exact) % PerOctave + PerOctave) << octave;
        return TimeSpan.FromMicroseconds(lower + (1L << octave) / 2.0);
    }
}
