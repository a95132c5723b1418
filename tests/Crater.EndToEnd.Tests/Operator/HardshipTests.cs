using System.Collections.Concurrent;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Tests.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>The operator between deaths, errors of the API and a server that is away.</summary>
public sealed class HardshipTests : OperatorBench
{
    [Fact]
    public async Task An_operator_that_is_killed_again_and_again_changes_nothing_twice_and_leaves_nothing()
    {
        const int Experiments = 12;
        var hits = new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var informer = new Informer(Client, Resource.ConfigMaps, "shop", new InformerOptions { Query = new ListQuery { LabelSelector = "crater.dev/held" } }, TimeProvider.System);
        var watching = informer.RunAsync((change, _) =>
        {
            if (change.Object.Annotation("crater.dev/injection") is { Length: > 0 } injection)
            {
                hits.GetOrAdd(change.Object.Name(), _ => new()).TryAdd(injection, true);
            }

            return ValueTask.CompletedTask;
        }, over.Token);
        await informer.Synced;
        var dice = new Random(3);
        for (var i = 0; i < Experiments; i += 3)
        {
            for (var one = i; one < i + 3; one++)
            {
                await MapAsync($"map{one}");
                await CreateAsync(Wide($"map{one}", "4s"));
            }

            var crater = Operate();
            await crater.SaysAsync("leads");
            await Task.Delay(TimeSpan.FromSeconds(2 * dice.NextDouble()), TimeProvider.System, Stop);
            crater.Signal(Signals.Kill);
            await crater.EndAsync();
        }

        Operate();
        for (var i = 0; i < Experiments; i++)
        {
            var name = $"map{i}";
            await UntilAsync(async () => (await ReadAsync(name)).Text("status", "phase") is "Completed" or "Aborted", $"{name} has ended", () => Said);
            Assert.Equal("calm", await ModeAsync(name));
        }

        await over.CancelAsync();
        await watching;
        Assert.All(hits, map => Assert.Single(map.Value));
    }

    [Fact]
    public async Task Lost_watches_and_errors_of_the_api_keep_no_experiment_from_its_end()
    {
        await using var way = await BadWay.StartAsync(Cluster.Address, Stop);
        var kubeconfig = await ThroughAsync(way);
        await Operate("one", kubeconfig).SaysAsync("leads");
        way.Errors = 0.05;
        for (var i = 0; i < 6; i++)
        {
            await MapAsync($"map{i}");
            await CreateAsync(Wide($"map{i}", "2s"));
            way.Cut();
        }

        for (var i = 0; i < 6; i++)
        {
            var name = $"map{i}";
            await UntilAsync(async () => (await ReadAsync(name)).Text("status", "phase") is "Completed" or "Failed" or "Aborted", $"{name} has ended", () => Said);
            Assert.Equal("calm", await ModeAsync(name));
        }
    }

    [Fact]
    public async Task An_api_server_that_is_away_in_the_middle_finds_everything_reverted_soon_after_its_return()
    {
        await using var way = await BadWay.StartAsync(Cluster.Address, Stop);
        await Operate("one", await ThroughAsync(way)).SaysAsync("leads");
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "10m"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place", () => Said);
        way.Fall();
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, Stop);      // longer than the lease of the fault and of the operator
        way.Rise();
        var back = TimeProvider.System.GetTimestamp();
        await UntilAsync(async () => await ModeAsync("carts") == "calm", "it is reverted", () => Said);
        Assert.InRange(TimeProvider.System.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(15));
        await UntilAsync(async () => (await ReadAsync("carts")).Text("status", "phase") is "Failed" or "Aborted", "the object says so", () => Said);
    }

    private async Task<string> ThroughAsync(BadWay way)
    {
        var file = Path.Combine(Folder, "through");
        await File.WriteAllTextAsync(file, way.Kubeconfig(Cluster.KubeconfigText), Stop);
        return file;
    }

    // Other runs count against a blast radius, too.
    private static System.Text.Json.Nodes.JsonObject Wide(string name, string duration)
    {
        var experiment = Tamper(name, duration);
        experiment["spec"]!["document"]!["blast-radius"]!["targets-max"] = 100;
        return experiment;
    }
}
