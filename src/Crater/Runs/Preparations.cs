using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>Reads what "as it was" means for the targets of one activity, all of them before the first is touched.</summary>
internal sealed class Preparations(IReadOnlyList<IDriver> drivers, RunRecord record, TimeProvider clock)
{
    public async Task<IReadOnlyList<(Injection Injection, Preparation Preparation)>> TakeAsync(IReadOnlyList<Injection> injections, CancellationToken stop)
    {
        List<(Injection, Preparation)> prepared = [];
        foreach (var injection in injections)
        {
            var own = await DriverOf(injection).PrepareAsync(injection, stop);
            prepared.Add((injection, own with { Before = Before(injection) ?? own.Before }));
        }

        return prepared;
    }

    public IDriver DriverOf(Injection injection) => new TimeLimitedDriver(drivers.First(driver => driver.Name == injection.Driver), clock);

    // Two kills in one deployment share its ready count. What the second one reads is already the work of the first, so the first one's
    // fingerprint is what the component was.
    private Fingerprint? Before(Injection injection) => record.State.Outstanding.Values
        .FirstOrDefault(one => one.Injection.Fault.Name == injection.Fault.Name && IsSamePlace(one.Injection, injection))?.Preparation.Before;

    private static bool IsSamePlace(Injection one, Injection other) =>
        one.Target.Id == other.Target.Id || (one.Target.Component.Length > 0 && one.Target.Component == other.Target.Component);
}
