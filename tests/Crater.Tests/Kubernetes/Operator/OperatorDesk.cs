using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Tests.Architecture;
using Crater.Tests.Kubernetes.Engines;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>The lab's API with Crater's kinds, and operators in this process before it. Faults are changes of config maps, which nobody heals.</summary>
internal sealed class OperatorDesk : IAsyncDisposable
{
    private readonly List<Running> _operators = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-desk-").FullName;

    private OperatorDesk(LabApi lab) => Lab = lab;

    public LabApi Lab { get; }

    public KubernetesClient Client => Lab.Client;

    public ConcurrentQueue<string> Log { get; } = [];

    private static CancellationToken Stop => LabApi.Stop;

    /// <param name="isDefined">With the kinds of deploy/crds and deploy/chaosmeta.</param>
    public static async Task<OperatorDesk> OpenAsync(bool isDefined = true)
    {
        var desk = new OperatorDesk(await LabApi.StartAsync());
        foreach (var space in (string[])[CraterKinds.HomeSpace, "crater-two", "pay"])
        {
            await desk.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse($$"""{"metadata":{"name":"{{space}}"} }"""), Stop);
        }

        if (isDefined)
        {
            await desk.DefineAsync();
        }

        return desk;
    }

    public async Task DefineAsync()
    {
        foreach (var file in (string[])[.. Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy", "crds"), "*.yaml"), Path.Combine(RepositoryRoot.Path, "deploy", "chaosmeta", "experiments.yaml")])
        {
            await Client.CreateAsync(EngineDefinitions.Definitions, null, DocumentReader.ReadFile(file).Root!.ToJson()!.AsObject(), Stop);
        }
    }

    /// <summary>For tests that wait until a Lease is lost.</summary>
    public static ElectionTimes Quick { get; } = new() { Lease = TimeSpan.FromSeconds(3), RenewWithin = TimeSpan.FromSeconds(2), TryEvery = TimeSpan.FromMilliseconds(200) };

    /// <summary>Starts an operator.</summary>
    /// <param name="kubeconfig">Of another user or by another way; empty for one who may do everything.</param>
    /// <param name="clock">By which it works; that of the cluster stays as it is.</param>
    public async Task<CraterOperator> OperateAsync(string home = CraterKinds.HomeSpace, string identity = "one", string kubeconfig = "", bool chaosMeta = false, TimeProvider? clock = null, ElectionTimes? times = null, ClientOptions? limits = null, params string[] namespaces)
    {
        var options = new OperatorOptions
        {
            Home = home,
            Identity = identity,
            Namespaces = namespaces,
            ChaosMeta = chaosMeta,
            Workers = 4,
            Times = times ?? Quick with { Lease = TimeSpan.FromSeconds(12), RenewWithin = TimeSpan.FromSeconds(10) },     // a busy machine is no reason to lose it
            Log = line => Log.Enqueue($"{home}/{identity}: {line}"),
        };
        var world = await KubernetesWorld.OpenAsync(new KubernetesWorldOptions
        {
            Connection = new ConnectionOptions { Kubeconfig = kubeconfig.Length > 0 ? kubeconfig : Lab.Kubeconfig, Namespace = home, Client = limits ?? new ClientOptions { RequestsPerSecond = 500, Burst = 1000 } },
            Namespaces = namespaces,
            IsConfined = namespaces.Length > 0,
            Watches = true,
            Voucher = options.Voucher,
        }, TimeProvider.System, Stop);
        var running = new Running(world, new CraterOperator(world, FoldersOf(home, identity), options, clock ?? TimeProvider.System));
        _operators.Add(running);
        return running.Operator;
    }

    /// <summary>Where an operator keeps its runs.</summary>
    public RunFolders FoldersOf(string home = CraterKinds.HomeSpace, string identity = "one") => new(Path.Combine(_folder, $"{home}-{identity}"), TimeProvider.System);

    /// <summary>What an operator asks the cluster with.</summary>
    public KubernetesClient ClientOf(CraterOperator asking) => _operators.Single(one => one.Operator == asking).Client;

    /// <summary>Stops an operator as a signal does.</summary>
    public async Task EndAsync(CraterOperator ended)
    {
        var running = _operators.Single(one => one.Operator == ended);
        _operators.Remove(running);
        await running.DisposeAsync();
    }

    public Task MapAsync(string name, string space = "shop") =>
        Client.CreateAsync(Resource.ConfigMaps, space, LabApi.Parse($$"""{"metadata":{"name":"{{name}}"},"data":{"mode":"calm"} }"""), Stop);

    public string Mode(string name, string space = "shop") => Lab.Store.Get("configmaps", space, name).Text("data", "mode");

    /// <summary>The spec of an Experiment that changes a config map for a while.</summary>
    public static JsonObject Tamper(string map, string duration) => LabApi.Parse($$$"""
        {"document": {"title": "{{{map}}} lives with another mode", "blast-radius": {"duration-max": "30m", "targets-max": 10},
          "method": [{"type": "action", "name": "tamper", "provider": {"type": "fault", "fault": "configmap-tamper",
            "target": {"kind": "configmap", "name": "{{{map}}}"}, "arguments": {"key": "mode", "value": "wild"}, "duration": "{{{duration}}}"} }]} }
        """);

    public Task<JsonObject> ExperimentAsync(string name, string map, string duration, string space = "shop") => MakeAsync(CraterKinds.Experiments, name, Tamper(map, duration), space);

    public Task<JsonObject> MakeAsync(Resource resource, string name, JsonObject spec, string space = "shop") => Client.CreateAsync(resource, space, new JsonObject
    {
        ["apiVersion"] = resource.ApiVersion,
        ["kind"] = resource.Kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = spec,
    }, Stop);

    public JsonObject? Find(Resource resource, string name, string space = "shop") => Lab.Store.Get(resource.QualifiedName, space, name);

    public IReadOnlyList<JsonObject> All(Resource resource) => [.. Lab.Store.Scan(resource.QualifiedName).Items];

    public async Task<JsonObject> PhaseAsync(string name, string phase, Resource? resource = null, string space = "shop")
    {
        await UntilAsync(() => Find(resource ?? CraterKinds.Experiments, name, space).Text("status", "phase") == phase,
            () => $"{name} is {phase}: {Find(resource ?? CraterKinds.Experiments, name, space)?["status"]?.ToJsonString()}");
        return Find(resource ?? CraterKinds.Experiments, name, space)!;
    }

    public Task UntilAsync(Func<bool> holds, Func<string> what) => Until.HoldsAsync(() => Task.FromResult(holds()), () => $"{what()}\n{string.Join('\n', Log)}");

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _operators)
        {
            await running.DisposeAsync();
        }

        await Lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly KubernetesWorld _world;
        private readonly Task _running;

        public Running(KubernetesWorld world, CraterOperator made)
        {
            (_world, Operator) = (world, made);
            _running = Task.Run(() => made.RunAsync(_end.Token));
        }

        public CraterOperator Operator { get; }

        public KubernetesClient Client => _world.Connection.Client;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _running;
            await _world.DisposeAsync();
            _end.Dispose();
        }
    }
}
