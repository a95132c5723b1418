using Crater.EndToEnd.Tests.Agent;
using Crater.EndToEnd.Tests.AgentPods;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Conformance;
using Crater.EndToEnd.Tests.Machines;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Crater.EndToEnd.Tests.LongestFirst))]

namespace Crater.EndToEnd.Tests;

/// <summary>
/// Starts the test classes that take longest first, one after the other on as many threads as there are processors, and all others in an order that does not change: so the end is many
/// short ones side by side, and not a long one for which all others wait.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>The collection of the classes that have a virtual machine: one at a time, since two that are emulated side by side starve each other and everything else.</summary>
    public const string Machines = "virtual machines, one at a time";

    /// <summary>Those that take more than half a minute on a machine of two processors, the longest first.</summary>
    private static readonly Type[] Longest =
    [
        typeof(KillMatrixTests), typeof(HostFaultTests), typeof(HostLibraryTests), typeof(PilotTests), typeof(LostServerTests), typeof(NewcomerTests),
        typeof(StopMatrixTests), typeof(ConformanceTests), typeof(HostFlowTests), typeof(PodFaultTests), typeof(HostCutOffTests), typeof(DeadServerTests),
    ];

    /// <summary>
    /// Every other class is a collection of its own, which has the name of the class in its own. The runner queues all of them from one thread of its pool, which takes what it queued last first: so what is to
    /// start first is handed over last (seen in the order of the lines with [STARTING]).
    /// </summary>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections)
            .OrderByDescending(collection => Rank(collection.TestCollectionDisplayName))];

    private static int Rank(string name)
    {
        if (name == Machines)
        {
            return -1;
        }

        var rank = Array.FindIndex(Longest, type => name.Split(' ').Contains(type.FullName));
        return rank < 0 ? Longest.Length : rank;
    }
}
