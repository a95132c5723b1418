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
        var (outcomes, residue, stopped, deaths) = (0, 0, 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var world = new SimulatedWorld(seed, Variant.Product);
            if (world.Live() is { } breach)
            {
                Assert.Fail($"Seed {seed}: {breach}\n{Story(seed, Variant.Product)}");
            }

            var tally = world.Tally;
            (outcomes, residue, stopped, deaths) = (outcomes + tally.Outcomes, residue + tally.Residue, stopped + tally.Stopped, deaths + tally.Deaths);
        }

        output.WriteLine($"{Seeds} seeds in {watch.Elapsed.TotalSeconds:0.0} s: {outcomes} outcomes, {stopped} stopped early, {residue} with residue, {deaths} deaths");
        Assert.True(Seeds < 1_000 || (residue > 0 && stopped > 0 && deaths > 0), "worlds in which nothing goes wrong prove nothing");
    }

    public static TheoryData<string> MutantNames() => [.. Mutants.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_kernel_that_was_broken_by_hand_does_not_survive(string name)
    {
        var mutant = Mutants.All.Single(one => one.Name == name);
        var killer = Enumerable.Range(0, Seeds).Select(seed => (Seed: seed, Breach: new SimulatedWorld(seed, mutant).Live())).FirstOrDefault(one => one.Breach is not null);

        Assert.True(killer.Breach is not null, $"'{name}' survived {Seeds} seeds: the simulation does not check what it breaks.");
        output.WriteLine($"'{name}' died at seed {killer.Seed}: {killer.Breach}");
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
