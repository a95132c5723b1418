using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>A cluster (<see cref="TestCluster"/>) with Crater's kinds, and operators as processes of their own before it.</summary>
public abstract class OperatorBench : IAsyncLifetime
{
    private readonly List<CraterProcess> _processes = [];
    private int _port;

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("crater-operator-").FullName;

    private protected TestCluster Cluster { get; } = new();

    private protected KubernetesClient Client => Cluster.Client;

    private protected string Kubeconfig => Path.Combine(Folder, "config");

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        File.Copy(Cluster.Kubeconfig, Kubeconfig);
        await SpaceAsync(CraterKinds.HomeSpace);
        await SpaceAsync("shop");
        await DefineAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        await Cluster.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Applies every file of deploy/crds.</summary>
    private protected async Task DefineAsync()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Checkout.Root, "deploy", "crds"), "*.yaml"))
        {
            await DefineAsync(file);
        }
    }

    /// <summary>Applies one definition and waits until its kind is served.</summary>
    private protected async Task DefineAsync(string file)
    {
        var made = await Cluster.MakeAsync(TestCluster.Definitions, null, DocumentReader.ReadFile(file).Root!.ToJson()!.AsObject());
        await UntilAsync(async () => (await Client.GetAsync(TestCluster.Definitions, null, made.Name(), Stop)).Condition("Established"), $"{made.Name()} is served");
    }

    private protected Task SpaceAsync(string name) => Cluster.MakeAsync(Resource.Namespaces, null, Parse($$"""{"metadata": {"name": "{{name}}"} }"""));

    /// <summary>A config map to tamper with: it heals by nobody, so what is left of a fault shows.</summary>
    private protected Task MapAsync(string name, string space = "shop") => Cluster.MakeAsync(Resource.ConfigMaps, space,
        Parse($$"""{"metadata": {"name": "{{name}}", "labels": {"app": "{{name}}"} }, "data": {"mode": "calm"} }"""));

    private protected async Task<string> ModeAsync(string name, string space = "shop") => (await Client.GetAsync(Resource.ConfigMaps, space, name, Stop)).Text("data", "mode");

    /// <summary>An Experiment that changes the config map of its name for a while.</summary>
    private protected static JsonObject Tamper(string name, string duration, string target = "", string more = "") => Parse($$$"""
        {"apiVersion": "crater.dev/v1alpha1", "kind": "Experiment", "metadata": {"name": "{{{name}}}"},
         "spec": {"document": {
           "title": "{{{name}}} lives with another mode", "blast-radius": {"duration-max": "30m"},
           "method": [{"type": "action", "name": "tamper", "provider": {"type": "fault", "fault": "configmap-tamper",
             "target": {"kind": "configmap", "name": "{{{(target.Length > 0 ? target : name)}}}"}, "arguments": {"key": "mode", "value": "wild"}, "duration": "{{{duration}}}"}}]
         } {{{more}}} }}
        """);

    private protected Task<JsonObject> CreateAsync(JsonObject experiment, string space = "shop") => Client.CreateAsync(CraterKinds.Experiments, space, experiment, Stop);

    private protected Task<JsonObject> ReadAsync(string name, string space = "shop") => Client.GetAsync(CraterKinds.Experiments, space, name, Stop);

    private protected async Task<JsonObject> PhaseAsync(string name, string phase, string space = "shop")
    {
        JsonObject? found = null;
        await UntilAsync(async () => (found = await ReadAsync(name, space)).Text("status", "phase") == phase, $"{name} is {phase}", () => $"{found?["status"]?.ToJsonString()}\n{Said}");
        return found!;
    }

    private protected async Task<bool> IsGoneAsync(string name, string space = "shop") => await Client.FindAsync(CraterKinds.Experiments, space, name, Stop) is null;

    private protected string Said => string.Join("\n---\n", _processes.Select(process => process.Out));

    /// <summary>Starts an operator as a process of its own.</summary>
    private protected CraterProcess Operate(string identity = "one", string kubeconfig = "", params string[] more)
    {
        var runs = Path.Combine(Folder, $"runs-{identity}");
        var process = CraterProcess.Start(Folder, new Dictionary<string, string> { ["DOTNET_TieredCompilation"] = "1" },
        [
            Path.Combine(AppContext.BaseDirectory, "crater-server"), "operator", "--kubeconfig", kubeconfig.Length > 0 ? kubeconfig : Kubeconfig, "--identity", identity,
            "--folder", runs, "--listen", $"127.0.0.1:{(_port = FreePort())}", .. more,
        ]);
        _processes.Add(process);
        return process;
    }

    private protected string Address => $"http://127.0.0.1:{_port}";

    /// <summary>What the operator that was started last answers.</summary>
    private protected async Task<(int Status, string Text)> AskAsync(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"{Address}{path}"), Stop);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private protected static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private protected static async Task UntilAsync(Func<Task<bool>> holds, string what, Func<string>? seen = null)
    {
        var held = await Wait.ComesTrueAsync(holds, TimeSpan.FromSeconds(120));
        Assert.True(held, $"It did not come true that {what}. {seen?.Invoke()}");
    }

    private protected static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
