using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: a process of craterd that is stopped for longer than the lease keeps no fault in place, and does no harm when it wakes up.
/// Method: as with the deaths; the lease is a second, and the test only waits. A stopped keeper is ended by its guardian, a stopped guardian is not needed, and where both are stopped the next sweep ends them.
/// </summary>
public sealed class StopMatrixTests
{
    /// <summary>They wait, and cost next to nothing.</summary>
    private const int AtATime = 8;

    public static TheoryData<string> Faults => [.. FaultCase.All.Select(fault => fault.Fault).Where(fault => KillMatrix.Stops(fault).Count > 0)];

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Whoever_is_stopped_for_longer_than_the_lease_everything_is_as_it_was(string fault) => KillMatrixTests.LiveThroughAsync(fault, KillMatrix.Stops(fault), AtATime);
}
