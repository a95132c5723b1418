using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Goal: a state folder without room keeps no fault in place, whenever it runs full.
/// Method: as with the deaths; at a step of the keeper the folder's file system is filled to the last byte, and everybody lives on.
/// </summary>
public sealed class FullDiskMatrixTests
{
    private const int AtATime = 3;

    public static TheoryData<string> Faults => [.. FaultCase.All.Select(fault => fault.Fault).Where(fault => KillMatrix.Fulls(fault).Count > 0)];

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Whenever_the_state_folder_runs_full_everything_is_as_it_was(string fault) => KillMatrixTests.LiveThroughAsync(fault, KillMatrix.Fulls(fault), AtATime);
}
