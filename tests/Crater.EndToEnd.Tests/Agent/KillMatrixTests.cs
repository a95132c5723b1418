using System.Collections.Concurrent;
using Crater.Agent.Faults;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: no death of any of craterd's processes, at any step, leaves anything of a fault.
/// Method: every fault, every process, every named step, killed and asked to end; then the target is looked at from outside.
/// </summary>
public sealed class KillMatrixTests
{
    /// <summary>Each death starts four short processes; more at a time would only wait for one another.</summary>
    private const int AtATime = 3;

    public static TheoryData<string> Faults => [.. FaultCase.All.Select(fault => fault.Fault)];

    [Fact]
    public void Every_fault_of_the_catalogue_has_a_case_here() =>
        Assert.Equal(HostFaults.All.Select(fault => fault.Description.Name).Order(StringComparer.Ordinal), FaultCase.All.Select(known => known.Fault).Order(StringComparer.Ordinal));

    [Fact]
    public void A_run_takes_600_deaths_and_every_step_of_everybody_meets_every_signal()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CRATER_KILLS") is { Length: > 0 }, "another share than a run's own was asked for");
        var kills = FaultCase.All.SelectMany(fault => KillMatrix.Kills(fault.Fault)).ToList();
        Assert.True(kills.Count >= 600, $"{kills.Count} deaths");
        Assert.Equal(KillMatrix.AllKills("file-modify").Select(death => death.ToString()).Order(), kills.Select(death => death.ToString()).Distinct().Order());
        Assert.All(FaultCase.All, fault => Assert.Equal([Victim.Cli, Victim.Keeper, Victim.Guardian, Victim.Both, Victim.Serve], KillMatrix.Kills(fault.Fault).Select(death => death.Victim).Distinct().Order()));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Whoever_dies_and_whenever_everything_is_as_it_was(string fault) => LiveThroughAsync(fault, KillMatrix.Kills(fault), AtATime);

    /// <summary>Lives through them, some at a time, and fails with all that went wrong.</summary>
    internal static async Task LiveThroughAsync(string fault, IReadOnlyList<Death> deaths, int atATime)
    {
        using (var playground = new Playground())
        {
            // Once here, where a missing piece skips the test: inside, it would only be one more failure.
            await FaultCase.Of(fault).Arrange(playground);
        }

        ConcurrentBag<string> failures = [];
        var options = new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(deaths, options, async (death, _) =>
        {
            try
            {
                await KillMatrix.LiveThroughAsync(FaultCase.Of(fault), death);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add($"{death}: {e.Message}");
            }
        });

        Assert.True(failures.IsEmpty, string.Join('\n', failures.Order(StringComparer.Ordinal)));
    }
}
