using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Lab.Api;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Tests.Kubernetes;

/// <summary>The lab's API server over its real store, without nodes: nothing heals by itself, so each test says when something does.</summary>
internal sealed class LabApi : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-labapi-").FullName;

    private LabApi(ApiServer server, ResourceStore store)
    {
        _server = server;
        Store = store;
    }

    public ResourceStore Store { get; }

    public KubernetesConnection Connection { get; private set; } = null!;

    public KubernetesClient Client => Connection.Client;

    /// <summary>A kubeconfig file of this lab.</summary>
    public string Kubeconfig => Path.Combine(_folder, "config");

    public static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public static async Task<LabApi> StartAsync()
    {
        var store = new ResourceStore();
        var server = new ApiServer(store, new NoNodes(), TimeProvider.System, new ApiServerOptions());
        await server.StartAsync(Stop);
        var lab = new LabApi(server, store);
        await File.WriteAllTextAsync(lab.Kubeconfig, server.Kubeconfig(), Stop);
        lab.Connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = lab.Kubeconfig }, TimeProvider.System, Stop);
        foreach (var space in (string[])["default", "shop"])
        {
            if (store.Get("namespaces", "", space) is null)
            {
                await lab.Client.CreateAsync(Resource.Namespaces, null, Parse($$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{{space}}}}"}}"""), Stop);
            }
        }

        return lab;
    }

    /// <summary>A connection of its own, whose user has more fields in the kubeconfig, for example <c>as: jane</c>.</summary>
    public async Task<KubernetesConnection> OpenAsync(string more)
    {
        var kubeconfig = Path.Combine(_folder, "another");
        await File.WriteAllTextAsync(kubeconfig, _server.Kubeconfig().Replace("    token: ", $"    {more}\n    token: ", StringComparison.Ordinal), Stop);
        return await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = kubeconfig }, TimeProvider.System, Stop);
    }

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>A deployment of namespace shop with its replica set and as many ready pods.</summary>
    public async Task DeployAsync(string name, int replicas, string env = "[]", string image = "crater/shop:carts", string node = "node1")
    {
        var template = $$$$"""{"metadata":{"labels":{"app":"{{{{name}}}}"}},"spec":{"containers":[{"name":"main","image":"{{{{image}}}}","env":{{{{env}}}}},{"name":"side","image":"side:1"}]}}""";
        var spec = $$$$"""{"replicas":{{{{replicas}}}},"selector":{"matchLabels":{"app":"{{{{name}}}}"}},"template":{{{{template}}}}}""";
        var deployment = await Client.CreateAsync(Resource.Deployments, "shop", Parse(
            $$$$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{{name}}}}","namespace":"shop"},"spec":{{{{spec}}}}}"""), Stop);
        await Client.CreateAsync(Resource.ReplicaSets, "shop", Parse(
            $$$$"""{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"{{{{name}}}}-1","namespace":"shop","labels":{"app":"{{{{name}}}}"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"{{{{name}}}}","uid":"{{{{Fields.Uid(deployment)}}}}","controller":true}]},"spec":{{{{spec}}}}}"""), Stop);
        for (var i = 1; i <= replicas; i++)
        {
            await PodAsync(name, $"{name}-1-{i}", node, image);
        }
    }

    /// <summary>One more ready pod of a deployment made before.</summary>
    public async Task PodAsync(string deployment, string pod, string node = "node1", string image = "crater/shop:carts")
    {
        var set = Store.Get("replicasets.apps", "shop", $"{deployment}-1");
        var owner = $$$$""","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{{{{deployment}}}}-1","uid":"{{{{Fields.Uid(set)}}}}","controller":true}]""";
        await Client.CreateAsync(Resource.Pods, "shop", Parse(
            $$$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{pod}}}}","namespace":"shop","labels":{"app":"{{{{deployment}}}}"}{{{{(set is null ? "" : owner)}}}}},"spec":{"nodeName":"{{{{node}}}}","containers":[{"name":"main","image":"{{{{image}}}}"},{"name":"side","image":"side:1"}]}}"""), Stop);
        Store.Modify("pods", "shop", pod, found => found["status"] = Parse("""{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}"""));
    }

    public async Task NodeAsync(string name, string zone) => await Client.CreateAsync(Resource.Nodes, null, Parse(
        $$$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{{name}}}}","labels":{"topology.kubernetes.io/zone":"{{{{zone}}}}"}}}"""), Stop);

    public JsonObject Deployment(string name) => Store.Get("deployments.apps", "shop", name)!;

    /// <summary>An injection on something that is there now.</summary>
    public Injection Injection(string fault, TargetKind kind, string name, int sequence = 1, params (string Name, string Value)[] arguments)
    {
        var resource = Crater.Kubernetes.Drivers.KubernetesTargets.ResourceOf(kind);
        var space = resource.IsNamespaced ? "shop" : "";
        return new Injection
        {
            Run = new RunId("chaos-1a2b3c4d"),
            Sequence = sequence,
            Activity = "test",
            Driver = "kubernetes",
            Duration = TimeSpan.FromMinutes(1),
            Fault = new Fault { Name = fault, AskedAs = fault, Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Value) },
            Target = new Target { Kind = kind, Namespace = space, Name = name, Uid = Fields.Uid(Store.Get(resource.QualifiedName, space, name)) },
        };
    }

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class NoNodes : IPodRuntime
    {
        public Task<bool> CopyLogAsync(LogRequest request, Stream to, CancellationToken stop) => Task.FromResult(false);

        public IReadOnlyList<ContainerUsage> Usage() => [];
    }
}
