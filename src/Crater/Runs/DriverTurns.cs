using Crater.Drivers;

namespace Crater.Runs;

/// <summary>Tells the drivers of a run that it begins, and that it is over.</summary>
internal static class DriverTurns
{
    /// <summary>Each driver that has injections in the plan.</summary>
    public static Task BeginAsync(IReadOnlyList<IDriver> drivers, Plan plan, CancellationToken abort) =>
        Task.WhenAll(Of(drivers, plan.Injections).Select(driver => driver.BeginAsync(plan.Run, plan.Injections, abort)));

    /// <summary>Never throws: everything is proven clean, and what is not given back now is given back by whoever comes by next.</summary>
    /// <param name="then">The claims go last: what a driver gives back is the run's own until then.</param>
    public static async Task EndAsync(IReadOnlyList<IDriver> drivers, RunId run, IReadOnlyList<Injection> injections, Func<Task> then, TimeProvider clock)
    {
        foreach (var driver in Of(drivers, injections))
        {
            using var budget = new CancellationTokenSource(Limits.EndMax, clock);
            try
            {
                await driver.EndAsync(run, budget.Token).WaitAsync(budget.Token);
            }
            catch (Exception)
            {
                // What it kept holds no fault, has an end of its own, and is swept by the next craterctl.
            }
        }

        await then();
    }

    /// <inheritdoc cref="EndAsync(IReadOnlyList{IDriver}, RunId, IReadOnlyList{Injection}, Func{Task}, TimeProvider)"/>
    public static Task EndAsync(IReadOnlyList<IDriver> drivers, Plan plan, Func<Task> then, TimeProvider clock) => EndAsync(drivers, plan.Run, plan.Injections, then, clock);

    private static IEnumerable<IDriver> Of(IReadOnlyList<IDriver> drivers, IReadOnlyList<Injection> injections) =>
        drivers.Where(driver => injections.Any(injection => injection.Driver == driver.Name));
}
