using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Lab;
using Crater.Lab.Nodes;
using Crater.Load;
using Crater.Runs;

namespace Crater.Benchmarks;

/// <summary>One variant of the shop in a lab of its own, with shoppers, in which experiments are run as anyone would run them.</summary>
internal sealed class ProvingLab : IAsyncDisposable
{
    private const string Namespace = "sock-shop";

    /// <summary>For all pods to be ready, on a machine that does other things as well.</summary>
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromMinutes(4);

    /// <summary>What one experiment upset must not be taken for the next one's effect: so many seconds without an error and without waiting, and no longer waited for than that.</summary>
    private const int CalmSeconds = 4;

    private static readonly TimeSpan CalmLatency = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan CalmPatience = TimeSpan.FromSeconds(60);

    private readonly LabCluster _lab;
    private readonly KubernetesWorld _world;
    private readonly LoadRequest _load;
    private readonly DirectoryInfo _home;
    private readonly TimeProvider _clock = TimeProvider.System;

    private ProvingLab(LabCluster lab, KubernetesWorld world, LoadRequest load, DirectoryInfo home) => (_lab, _world, _load, _home) = (lab, world, load, home);

    /// <summary>
    /// What discovery saw when every pod was ready and no shopper had come yet. Advice is asked for then: what the first calls of cold processes look like depends on the machine, and advice that
    /// depends on it could not be compared.
    /// </summary>
    public Topology AtFirst { get; private set; } = new() { Source = "", Components = [] };

    /// <param name="variant">A folder of samples/shop, e.g. <c>variants/all</c>.</param>
    public static async Task<ProvingLab> StartAsync(string root, string variant, CancellationToken abort)
    {
        var home = Directory.CreateTempSubdirectory("crater-proving-");
        var options = new LabOptions
        {
            Images = new ImageMap().Add("crater/shop", [ShopProgram(root)]),
            Manifests = [Path.Combine(root, "samples", "shop", variant)],
            Kubeconfig = Path.Combine(home.FullName, "kubeconfig"),
        };
        var lab = await LabCluster.StartAsync(options, abort);
        try
        {
            var world = await KubernetesWorld.OpenAsync(
                new KubernetesWorldOptions
                {
                    Connection = new ConnectionOptions { Kubeconfig = options.Kubeconfig, Environment = _ => null },
                    Namespaces = [Namespace],
                    MoreDrivers = connection => [new LabDriver(connection.HttpClient)],
                },
                TimeProvider.System, abort);
            var door = lab.Services.Single(service => service is { Namespace: Namespace, Name: "edge-router" }).Address;
            var load = LoadDocument.ReadFile(
                Path.Combine(root, "samples", "shop", "load.yaml"), new ReadOptions { Variables = new Dictionary<string, JsonNode?> { ["shop_url"] = $"http://{door}" } });
            var proving = new ProvingLab(lab, world, load, home);
            await proving.WaitUntilReadyAsync(abort);
            proving.AtFirst = await proving.DiscoverAsync(abort);
            await proving.SettleAsync(abort);
            return proving;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one proposal's document, guarded, with shoppers beside it, and waits until the shop is calm again.</summary>
    public async Task<(RunOutcome Outcome, TimeSpan Took)> RunAsync(string document, CancellationToken abort)
    {
        var began = _clock.GetTimestamp();
        var control = new ControlPlane(_world.World, new RunFolders(Path.Combine(_home.FullName, "runs"), _clock), _clock, "benchmark");
        var experiment = ExperimentReader.Read(document, DocumentFormat.Yaml, new ReadOptions()).OrThrow();
        var plan = await control.PlanAsync(experiment, RandomNumberGenerator.GetInt32(int.MaxValue), abort);
        using var signal = new AbortSignal();
        await using var _ = abort.Register(() => signal.Request("benchmark", "the benchmark was stopped"));
        var wishes = new RunWishes { Load = _load, Topology = await DiscoverAsync(abort), Baseline = TimeSpan.FromSeconds(6), Aftermath = TimeSpan.FromSeconds(2) };
        var outcome = await control.RunAsync(plan, experiment, wishes, signal);
        var took = _clock.GetElapsedTime(began);
        await WaitUntilReadyAsync(abort);
        await SettleAsync(abort);
        return (outcome, took);
    }

    public async ValueTask DisposeAsync()
    {
        _world.Dispose();
        await _lab.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private Task<Topology> DiscoverAsync(CancellationToken abort) => _world.World.Topology.DiscoverAsync(abort);

    private static string ShopProgram(string root) => new[] { "Release", "Debug" }
        .Select(kind => Path.Combine(root, "samples", "shop", "app", "bin", kind, "net10.0", "shop")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("The shop is not built. Run 'make build'.");

    private async Task WaitUntilReadyAsync(CancellationToken abort)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(abort);
        late.CancelAfter(ReadyPatience);
        while (await DiscoverAsync(late.Token) is var topology && (topology.Components.Count == 0 || topology.Components.Any(component => component.Ready < component.Replicas)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), _clock, late.Token);
        }
    }

    private async Task SettleAsync(CancellationToken abort)
    {
        using var generator = new LoadGenerator(RunStage.PlanOf(_load, seed: 1), _clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var loading = generator.RunAsync(over.Token);
        var began = _clock.GetTimestamp();
        for (var calm = 0; calm < CalmSeconds && _clock.GetElapsedTime(began) < CalmPatience;)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _clock, abort);
            var last = generator.Series.Window(TimeSpan.FromSeconds(1));
            calm = last.ErrorRate is 0 && last.Latencies.Percentile(0.95) < CalmLatency ? calm + 1 : 0;
        }

        await over.CancelAsync();
        await loading;
    }
}
