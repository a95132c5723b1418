using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Documents;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Lab.Api;
using Crater.Lab.Controllers;
using Crater.Lab.Store;

namespace Crater.Tests.Advice.Recall;

/// <summary>
/// The lab without processes: its real API server, controllers and scheduler over the store, and pods that say that they are ready
/// as soon as they have a node. Manifests are applied and discovered through the API, as from anyone.
/// </summary>
internal sealed class QuietLab : IPodRuntime, IAsyncDisposable
{
    private static readonly Resource[] Kinds =
    [
        Resource.Namespaces, Resource.Services, Resource.ConfigMaps, Resource.Deployments, Resource.StatefulSets, Resource.Ingresses, Resource.DisruptionBudgets,
    ];

    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(60);

    private readonly ResourceStore _store = new();
    private readonly CancellationTokenSource _over = new();
    private readonly ApiServer _api;
    private readonly string _kubeconfig = Path.GetTempFileName();
    private Task _running = Task.CompletedTask;

    private QuietLab() => _api = new ApiServer(_store, this, TimeProvider.System, new ApiServerOptions());

    /// <summary>What discovery sees when the manifests are applied to a fresh lab and every pod is ready.</summary>
    public static Task<Topology> DiscoverAsync(string manifests, CancellationToken abort) => WithAsync(manifests, DiscoverAsync, abort);

    public static Task<Topology> DiscoverAsync(KubernetesConnection connection, CancellationToken abort) =>
        new KubernetesDiscovery(connection).DiscoverAsync(new DiscoveryOptions(), abort);

    /// <summary>Does something with a fresh lab to which the manifests were applied, once every pod is ready.</summary>
    public static async Task<T> WithAsync<T>(string manifests, Func<KubernetesConnection, CancellationToken, Task<T>> use, CancellationToken abort)
    {
        await using var lab = new QuietLab();
        await lab.StartAsync(abort);
        using var connection = await KubernetesConnection.OpenAsync(
            new ConnectionOptions { Kubeconfig = lab._kubeconfig, Environment = _ => null }, TimeProvider.System, abort);
        var pods = 0L;
        foreach (var text in manifests.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var document = DocumentReader.Read(text, DocumentFormat.Yaml);
            var one = document.Root?.ToJson() as JsonObject ?? throw CraterException.For("The manifest", document.Problems);
            var kind = Kinds.First(kind => kind.Kind == one["kind"]!.GetValue<string>());
            var space = kind.IsNamespaced ? one["metadata"]!["namespace"]!.GetValue<string>() : null;
            await connection.Client.CreateAsync(kind, space, one, abort);
            pods += kind == Resource.Deployments || kind == Resource.StatefulSets ? one["spec"]!["replicas"]!.GetValue<long>() : 0;
        }

        await lab.SettleAsync(pods, abort);
        return await use(connection, abort);
    }

    public Task<bool> CopyLogAsync(LogRequest request, Stream to, CancellationToken stop) => Task.FromResult(false);

    public IReadOnlyList<ContainerUsage> Usage() => [];

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _api.DisposeAsync();
        _over.Dispose();
        File.Delete(_kubeconfig);
    }

    private async Task StartAsync(CancellationToken abort)
    {
        for (var i = 1; i <= 3; i++)
        {
            _store.Create("nodes", Node(i));
        }

        _running = Task.WhenAll(new ControllerLoop(_store, TimeProvider.System).RunAsync(_over.Token), KeepPodsReadyAsync());
        await _api.StartAsync(abort);
        await File.WriteAllTextAsync(_kubeconfig, _api.Kubeconfig(), abort);
    }

    private async Task KeepPodsReadyAsync()
    {
        await foreach (var change in _store.WatchAsync("pods", 0, _over.Token))
        {
            if (change.Change != StoreChange.Deleted && change.Object["spec"]?["nodeName"] is not null && change.Object["status"]?["phase"]?.GetValue<string>() != "Running")
            {
                var meta = change.Object["metadata"]!;
                _store.Modify("pods", meta["namespace"]!.GetValue<string>(), meta["name"]!.GetValue<string>(), pod => pod["status"] = new JsonObject
                {
                    ["phase"] = "Running",
                    ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
                });
            }
        }
    }

    /// <summary>Waits until as many pods as the manifests ask for are ready.</summary>
    private async Task SettleAsync(long wanted, CancellationToken abort)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(abort);
        late.CancelAfter(SettleMax);
        while (_store.List("pods").Items.Count(pod => pod["status"]?["phase"]?.GetValue<string>() == "Running") < wanted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, late.Token);
        }
    }

    private static JsonObject Node(int i)
    {
        JsonObject Room() => new() { ["cpu"] = "8", ["memory"] = "16Gi", ["pods"] = "110" };
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"node{i}",
                ["uid"] = $"00000000-0000-0000-0000-00000000000{i}",
                ["labels"] = new JsonObject { ["kubernetes.io/hostname"] = $"node{i}", ["topology.kubernetes.io/zone"] = $"zone{i}" },
            },
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["capacity"] = Room(),
                ["allocatable"] = Room(),
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
            },
        };
    }
}
