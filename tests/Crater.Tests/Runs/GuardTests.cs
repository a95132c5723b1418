using Crater.Experiments;
using Crater.Measurements;
using Crater.Runs.Guards;
using Xunit;

namespace Crater.Tests.Runs;

public sealed class GuardTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.06, null, 0.05, true)]
    [InlineData(0.05, null, 0.05, false)]
    [InlineData(1, 2.0, null, true)]
    [InlineData(2, 2.0, null, false)]
    public void A_value_beyond_its_limit_trips(double value, double? below, double? above, bool trips)
    {
        var guard = new Guard(new GuardCondition { Metric = "error_rate", Above = above, Below = below });

        Assert.Equal(trips, Look(guard, value, at: 0) is GuardTrip { IsBlind: false });
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_no_number_is_blind(double value) =>
        Assert.True(Look(ErrorRate(), value, at: 0) is GuardTrip { IsBlind: true });

    [Fact]
    public void Before_the_first_reading_a_guard_waits() => Assert.IsType<GuardWaiting>(ErrorRate().Decide(null, Noon, TimeSpan.Zero, counts: false));

    [Fact]
    public void A_reading_without_samples_is_none() =>
        Assert.IsType<GuardWaiting>(ErrorRate().Decide(new Reading("error_rate", 0, Noon, 0, "load"), Noon, TimeSpan.Zero, counts: false));

    [Fact]
    public void A_missing_reading_is_bridged_until_the_last_one_is_stale()
    {
        var guard = ErrorRate();
        Look(guard, 0, at: 0);

        Assert.IsType<GuardContent>(guard.Decide(null, Noon.AddSeconds(10), TimeSpan.FromSeconds(10), counts: true));
        Assert.True(guard.Decide(null, Noon.AddSeconds(11), TimeSpan.FromSeconds(11), counts: true) is GuardTrip { IsBlind: true });
    }

    [Fact]
    public void A_stale_reading_is_blind()
    {
        var guard = ErrorRate();
        Look(guard, 0, at: 0);
        var old = new Reading("error_rate", 0, Noon.AddSeconds(1), 5, "load");

        Assert.True(guard.Decide(old, Noon.AddSeconds(12), TimeSpan.FromSeconds(2), counts: true) is GuardTrip { IsBlind: true });
    }

    [Fact]
    public void A_source_that_stopped_is_blind_even_when_the_wall_clock_is_set_back()
    {
        var guard = ErrorRate();
        var frozen = new Reading("error_rate", 0, Noon, 5, "load");
        guard.Decide(frozen, Noon, TimeSpan.Zero, counts: true);

        Assert.True(guard.Decide(frozen, Noon, TimeSpan.FromSeconds(11), counts: true) is GuardTrip { IsBlind: true });
    }

    [Fact]
    public void A_reading_from_the_future_is_blind()
    {
        var guard = ErrorRate();
        Look(guard, 0, at: 0);

        Assert.True(guard.Decide(new Reading("error_rate", 0, Noon.AddHours(1), 5, "load"), Noon, TimeSpan.FromSeconds(1), counts: true) is GuardTrip { IsBlind: true });
    }

    [Fact]
    public void A_breach_must_last_for_its_time()
    {
        var guard = new Guard(new GuardCondition { Metric = "error_rate", Above = 0.05, For = TimeSpan.FromSeconds(5) });

        Assert.IsType<GuardContent>(Look(guard, 0.5, at: 0));
        Assert.IsType<GuardContent>(Look(guard, 0.5, at: 4.9));
        Assert.IsType<GuardTrip>(Look(guard, 0.5, at: 5));
    }

    [Fact]
    public void A_breach_that_ends_in_between_begins_anew()
    {
        var guard = new Guard(new GuardCondition { Metric = "error_rate", Above = 0.05, For = TimeSpan.FromSeconds(5) });
        Look(guard, 0.5, at: 0);
        Look(guard, 0, at: 3);

        Assert.IsType<GuardContent>(Look(guard, 0.5, at: 6));
    }

    [Fact]
    public void Only_readings_with_a_fault_in_place_are_counted()
    {
        var guard = ErrorRate();
        guard.Decide(new Reading("error_rate", 0.01, Noon, 5, "load"), Noon, TimeSpan.Zero, counts: false);
        Look(guard, 0.02, at: 1);

        Assert.Equal((1, 0.02), (guard.Readings, guard.Highest));
    }

    private static Guard ErrorRate() => new(new GuardCondition { Metric = "error_rate", Above = 0.05 });

    private static GuardDecision Look(Guard guard, double value, double at) =>
        guard.Decide(new Reading("error_rate", value, Noon.AddSeconds(at), 5, "load"), Noon.AddSeconds(at), TimeSpan.FromSeconds(at), counts: true);
}
