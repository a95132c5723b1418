using System.Diagnostics;
using Xunit;

namespace Crater.Tests.Runs.Simulation;

/// <summary>
/// Goal: no run, however it ends, leaves a fault that nobody knows about. Method: thousands of seeded worlds in which processes die, requests
/// and replies get lost, doubled and late, targets go dark, disks fill up, guards trip, people abort and clocks jump. CRATER_SEEDS sets how many.
/// </summary>
public sealed class GuardedRunSimulation(ITestOutputHelper output)
{
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("CRATER_SEEDS"), out var seeds) ? seeds : 20_000;

    [Fact]
    public void Every_fault_is_known_every_run_with_residue_stays_open_and_everything_is_put_back()
    {
        var watch = Stopwatch.StartNew();
        for (var seed = 0; seed < Seeds; seed++)
        {
            if (new SimulatedWorld(seed, Variant.Product).Live() is { } breach)
            {
                Assert.Fail($"Seed {seed}: {breach}\n{Story(seed, Variant.Product)}");
            }
        }

        output.WriteLine($"{Seeds} seeds in {watch.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public void The_same_seed_is_the_same_history()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Equal(Story(seed, Variant.Product), Story(seed, Variant.Product));
        }
    }

    private static string Story(int seed, Variant variant)
    {
        var world = new SimulatedWorld(seed, variant, keepHistory: true);
        world.Live();
        return string.Join('\n', world.History);
    }
}
