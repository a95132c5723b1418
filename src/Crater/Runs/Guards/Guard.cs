using System.Globalization;
using Crater.Experiments;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Runs.Guards;

/// <summary>
/// Judges the readings of one condition, one after another. A missing reading is bridged by the last one for as long as that one is not
/// stale; what is stale, unreadable or not a number ends the run.
/// </summary>
public sealed class Guard(GuardCondition condition)
{
    /// <summary>How far a source's clock may be ahead of ours. A reading from further in the future says that one of the clocks is wrong.</summary>
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(5);

    private Reading? _last;
    private TimeSpan _freshAt;
    private TimeSpan? _breachSince;

    public GuardCondition Condition { get; } = condition;

    /// <summary>Different fresh readings while a fault was in place.</summary>
    public long Readings { get; private set; }

    public double? Lowest { get; private set; }

    public double? Highest { get; private set; }

    /// <param name="reading">The newest reading; null when there was none or the source could not be asked.</param>
    /// <param name="wall">Wall clock now, which may jump.</param>
    /// <param name="elapsed">Time since the guard began to watch, on a clock that never jumps.</param>
    /// <param name="counts">Whether a fault is in place, so that the reading says something about the hypothesis.</param>
    public GuardDecision Decide(Reading? reading, DateTimeOffset wall, TimeSpan elapsed, bool counts)
    {
        if (reading is null || reading.Samples <= 0)
        {
            return Missing(elapsed);
        }

        if (!double.IsFinite(reading.Value))
        {
            return new GuardTrip($"{reading.Metric} from {reading.Source} is {reading.Value}, which is no value.", null, IsBlind: true);
        }

        var age = wall - reading.At;
        if (age > Condition.StaleAfter || age < -ClockSkewMax)
        {
            return _last is null ? new GuardWaiting() : new GuardTrip(
                $"The newest {reading.Metric} from {reading.Source} is {Text(age.TotalSeconds)} s old; more than {Durations.Text(Condition.StaleAfter)} is blind.",
                null, IsBlind: true);
        }

        if (reading.At == _last?.At)
        {
            return Missing(elapsed);        // the same reading again: its source may have stopped while our clock was set back
        }

        (_last, _freshAt) = (reading, elapsed);
        Count(reading.Value, counts);
        return Judge(elapsed);
    }

    private GuardDecision Missing(TimeSpan elapsed)
    {
        if (_last is null)
        {
            return new GuardWaiting();
        }

        var silent = elapsed - _freshAt;
        return silent > Condition.StaleAfter
            ? new GuardTrip($"Nothing new was measured for {Text(silent.TotalSeconds)} s; more than {Durations.Text(Condition.StaleAfter)} is blind.", null, IsBlind: true)
            : Judge(elapsed);
    }

    private GuardDecision Judge(TimeSpan elapsed)
    {
        var value = _last!.Value;
        var isBreach = value > Condition.Above || value < Condition.Below || (Condition.Http.Length > 0 && value < 1);
        _breachSince = isBreach ? _breachSince ?? elapsed : null;
        return elapsed - _breachSince >= Condition.For
            ? new GuardTrip($"{Describe(value)} for {Durations.Text(Condition.For)} or longer, by {_last.Source} over {_last.Samples} samples.", value, IsBlind: false)
            : new GuardContent();
    }

    private string Describe(double value)
    {
        if (Condition.Http.Length > 0)
        {
            return $"{Condition.Http} did not answer with 2xx";
        }

        var limit = value > Condition.Above ? $"above {Text(Condition.Above.Value)}" : $"below {Text(Condition.Below ?? 0)}";
        return $"{_last!.Metric}{(Condition.Component.Length > 0 ? $" of {Condition.Component}" : "")} was {Text(value)}, {limit}";
    }

    private void Count(double value, bool counts)
    {
        if (counts)
        {
            Readings++;
            Lowest = Math.Min(Lowest ?? value, value);
            Highest = Math.Max(Highest ?? value, value);
        }
    }

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
