using Crater.Cli;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Cli.Verbs;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Runs;
using Crater.Targets;
using Crater.Tests.Kubernetes;
using Crater.Tests.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Cli;

/// <summary>What a run is told before it begins about who would restore the cluster if it died.</summary>
public sealed class KeeperNoticeTests : IAsyncLifetime
{
    private readonly StringWriter _said = new();
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", replicas: 0);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_run_says_before_it_begins_that_nobody_watches()
    {
        await LookAsync(requires: false, "kubernetes");
        Assert.Contains("CRT8088", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_stack_yaml_asks_for_somebody_it_does_not_begin() =>
        Assert.Equal("CRT8089", (await Assert.ThrowsAsync<CraterException>(() => LookAsync(requires: true, "kubernetes"))).Code);

    [Fact]
    public async Task A_run_that_changes_nothing_in_the_api_is_told_nothing()
    {
        await LookAsync(requires: true, "lab");
        Assert.Empty(_said.ToString());
    }

    [Fact]
    public async Task With_a_keeper_there_a_run_is_told_nothing()
    {
        await new KeeperPresence(_lab.Client, []).AnnounceAsync("lab on host1", Stop);
        await LookAsync(requires: true, "kubernetes");
        Assert.Empty(_said.ToString());
    }

    [Fact]
    public async Task That_nothing_is_held_is_said_only_of_what_may_be_looked_at()
    {
        await using var way = await BadWay.StartAsync(_lab.Connection.HttpClient.BaseAddress!, Stop);
        var kubeconfig = $"{_lab.Kubeconfig}.way";
        await File.WriteAllTextAsync(kubeconfig, way.Kubeconfig(await File.ReadAllTextAsync(_lab.Kubeconfig, Stop)), Stop);
        way.Answers = request => request.Path.Value!.EndsWith("/configmaps", StringComparison.Ordinal) ? 403 : null;
        var (surroundings, output) = Here();
        using var bench = await ClusterBench.OpenAsync(new BenchOptions { Kubeconfig = kubeconfig }, surroundings, output, Stop);

        Assert.Empty(await HeldShow.ListAsync(bench));
        Assert.Equal("Nothing of ours is held in what may be looked at; not listed, for want of the right, were configmaps.", HeldShow.Nothing(bench));

        way.Answers = _ => null;
        Assert.Empty(await HeldShow.ListAsync(bench));
        Assert.Equal("Nothing of ours is held in the cluster.", HeldShow.Nothing(bench));
    }

    private (Surroundings Surroundings, Output Output) Here()
    {
        var surroundings = new Surroundings
        {
            Out = _said,
            Error = _said,
            IsTerminal = false,
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>(),
            Clock = TimeProvider.System,
        };
        return (surroundings, new Output(surroundings, json: false, verbose: false));
    }

    private async Task LookAsync(bool requires, string driver)
    {
        var (surroundings, output) = Here();
        var stack = new StackFile { Path = "stack.yaml", NamesCluster = true, Experiments = new StackExperiments { RequireKeeper = requires } };
        using var bench = await ClusterBench.OpenAsync(new BenchOptions { Stack = stack, Kubeconfig = _lab.Kubeconfig }, surroundings, output, Stop);
        var injection = _lab.Injection("deployment-scale", TargetKind.Deployment, "carts") with { Driver = driver };
        var plan = new Plan
        {
            Run = new RunId("chaos-1a2b3c4d"),
            Title = "t",
            Seed = 1,
            Duration = TimeSpan.Zero,
            Faults = [new PlannedFault(0, "a", false, 1, [injection])],
        };
        await bench.LookForKeeperAsync(plan, output, Stop);
    }
}
