using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>A host is cut off while a fault is on it: its holder takes the fault off, and nobody says clean before they have seen it.</summary>
public sealed class HostCutOffTests
{
    private const int Residue = 4;

    [Fact]
    public async Task A_host_that_is_cut_off_recovers_by_itself_and_is_residue_until_it_can_be_seen_again()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true);
        using var run = desk.Start("run", desk.Document("cut-off", "process-stop", "{hosts: \"role=db\", process: store.py}", "3m"));
        await run.SaysAsync("in place: ");

        await desk.CableAsync("db1", isPlugged: false);

        // Nobody can reach it, so its keeper does it when the lease is over.
        await Wait.UntilAsync(() => desk.Records("db1").All(record => record.Status == InjectionStatus.Recovered), "the lease is over");
        Assert.NotEqual('T', desk.StoreState());
        Assert.NotEmpty((await desk.StatusAsync())["outstanding"]!.AsArray());
        var outcome = await run.EndAsync();
        Assert.True(outcome.Code == Residue && outcome.Error.Contains("RESIDUE", StringComparison.Ordinal), outcome.ToString());

        await desk.CableAsync("db1", isPlugged: true);
        var recovered = await desk.RunAsync("recover");
        Assert.True(recovered.Code == 0, recovered.ToString());
        Assert.Empty((await desk.StatusAsync())["outstanding"]!.AsArray());
    }
}
