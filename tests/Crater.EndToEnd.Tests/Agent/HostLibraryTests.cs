using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>The ready experiments on hosts run as they stand; what differs from place to place is said by their variables.</summary>
public sealed class HostLibraryTests
{
    private static readonly IReadOnlyDictionary<string, string> Here =
        new Dictionary<string, string> { ["PROCESS"] = "store.py", ["PORT"] = "7000", ["DURATION"] = "10s", ["ENTRY_URL"] = HostDesk.AppUrl };

    public static TheoryData<string> Experiments { get; } = [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Checkout.Root, "library", "host");

    [Theory]
    [MemberData(nameof(Experiments))]
    public async Task A_ready_experiment_runs_as_it_stands_and_puts_everything_back(string name)
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true, isSlow: name == "cpu-burn");
        using var run = desk.Start(Here, "run", Path.Combine(Folder, name, "experiment.yaml"));
        if (name == "process-kill")
        {
            await Wait.UntilAsync(() => desk.Records("db1").Any(record => record.Status == InjectionStatus.Recovered), "the store has been killed");
            desk.RestartStore();
        }

        var outcome = await run.EndAsync();

        Assert.True(outcome.Code == 0, outcome.ToString());
        var record = Assert.Single(desk.Records("db1").Concat(desk.Records("web1")));
        Assert.Equal((name, InjectionStatus.Recovered, "true"), (record.Fault, record.Status, record.Certificate?["clean"]));
        Assert.Empty((await desk.StatusAsync())["outstanding"]!.AsArray());
    }
}
