using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>From looking to the write-up, on hosts: an application on one, its store on the other, each with its craterd.</summary>
public sealed class HostFlowTests
{
    private const int Refuted = 2;
    private const int Inconclusive = 3;
    private const string Store = "{hosts: \"role=db\", process: store.py}";

    [Fact]
    public async Task What_runs_on_hosts_is_seen_and_becomes_experiments_that_run()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: false);

        var inventory = (await desk.RunAsync("inventory", "--json")).Json;
        Assert.Equal(["host/db1", "host/web1", "process/db1/store.py", "process/web1/app.py"],
            inventory["components"]!.AsArray().Select(component => TargetOf((string)component!["kind"]!, (string)component["namespace"]!, (string)component["name"]!)).Order(StringComparer.Ordinal));
        Assert.Contains(inventory["dependencies"]!.AsArray(), edge => ((string?)edge!["from"], (string?)edge["to"]) == ("process/web1/app.py", "process/db1/store.py"));

        var advice = await desk.RunAsync("suggest", "-n", "5", "--url", HostDesk.AppUrl, "--json");
        Assert.True(advice.Code == 0 && advice.Json["proposals"]!.AsArray().Any(proposal => (string?)proposal!["id"] == "HS-1:process/db1/store.py"), advice.ToString());

        // The one that was suggested: the store hangs, and an application without a fallback does not survive it.
        var document = Directory.GetFiles(Path.Combine(desk.Folder, "experiments"), "*process-stop.yaml").Single(file => File.ReadAllText(file).Contains("store.py", StringComparison.Ordinal));
        File.WriteAllText(document, File.ReadAllText(document).Replace("duration: 20s", "duration: 6s", StringComparison.Ordinal));
        var run = await desk.RunAsync("run", document);
        Assert.True(run.Code == Refuted, run.ToString());
        Assert.All(desk.Records("db1"), record => Assert.Equal(InjectionStatus.Recovered, record.Status));
        Assert.NotEqual('T', desk.StoreState());
    }

    [Fact]
    public async Task An_application_that_survives_is_upheld_and_a_lease_is_renewed_until_somebody_aborts()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true);
        var upheld = await desk.RunAsync("run", desk.Document("hang", "process-stop", Store, "9s"));
        Assert.True(upheld.Code == 0, upheld.ToString());
        var late = await desk.RunAsync("run", desk.Document("slow", "network-delay", "{hosts: \"host=db1\"}", "6s", "{latency: 50ms, src-port: \"7000\"}"));
        Assert.True(late.Code == 0, late.ToString());

        using var run = desk.Start("run", desk.Document("long", "process-stop", Store, "2m"));
        await run.SaysAsync("in place: ");
        await Task.Delay(Crater.Runs.Limits.LeaseDuration + TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal('T', desk.StoreState());

        var abort = await desk.RunAsync("abort", "--reason", "enough");
        Assert.True(abort.Code == 0, abort.ToString());
        Assert.Equal(Inconclusive, (await run.EndAsync()).Code);
        Assert.NotEqual('T', desk.StoreState());
        Assert.Empty((await desk.StatusAsync())["outstanding"]!.AsArray());
    }

    [Fact]
    public async Task A_process_that_nobody_brings_back_is_residue_and_not_clean()
    {
        using var desk = await HostDesk.StartAsync(hasFallback: true);
        using var run = desk.Start("run", desk.Document("kill", "process-kill", Store, "1s"));
        await Wait.UntilAsync(() => desk.Records("db1").Any(record => record.Status == InjectionStatus.Recovered), "craterd has certified its part");

        // It has not, so craterctl may not say that everything is as it was, however clean craterd's own certificate is.
        Assert.NotEmpty((await desk.StatusAsync())["outstanding"]!.AsArray());
        Assert.False(run.HasExited);
        desk.RestartStore();
        var outcome = await run.EndAsync();
        Assert.True(outcome.Code is 0 or Refuted or Inconclusive, outcome.ToString());
        Assert.Empty((await desk.StatusAsync())["outstanding"]!.AsArray());
    }

    private static string TargetOf(string kind, string space, string name) => space.Length > 0 ? $"{kind.ToLowerInvariant()}/{space}/{name}" : $"{kind.ToLowerInvariant()}/{name}";
}
