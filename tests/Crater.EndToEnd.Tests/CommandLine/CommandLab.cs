using System.Text.Json.Nodes;
using Crater.Lab;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>
/// A lab as a user starts it, <c>craterctl lab up --detach</c>, in a state folder of its own, with a bank of two desks and a store called
/// redis. One for each class of tests.
/// </summary>
public sealed class CommandLab : IAsyncLifetime
{
    private const string Manifests = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: sock-shop}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: bank, namespace: sock-shop, labels: {app: bank}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: bank}}
          template:
            metadata: {labels: {app: bank}}
            spec:
              terminationGracePeriodSeconds: 2
              containers:
                - name: bank
                  image: crater/shop
                  env: [{name: SHOP_ROLE, value: external-payment}]
                  ports: [{containerPort: 8080}]
                  readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 1, timeoutSeconds: 5}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: bank, namespace: sock-shop}
        spec: {selector: {app: bank}, ports: [{port: 80, targetPort: 8080}]}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: redis, namespace: sock-shop, labels: {app: redis}}
        spec:
          serviceName: redis
          replicas: 1
          selector: {matchLabels: {app: redis}}
          template:
            metadata: {labels: {app: redis}}
            spec:
              terminationGracePeriodSeconds: 2
              containers:
                - name: redis
                  image: crater/shop
                  env: [{name: SHOP_ROLE, value: redis}]
                  ports: [{containerPort: 8080}]
                  readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 1, timeoutSeconds: 5}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: redis, namespace: sock-shop}
        spec: {selector: {app: redis}, ports: [{port: 80, targetPort: 8080}]}
        """;

    private HttpClient _api = new();
    private IReadOnlyList<ProcessId> _processes = [];

    /// <summary>Where everything of this lab and its desks lives.</summary>
    internal string Home { get; } = Directory.CreateTempSubdirectory("crater-e2e-").FullName;

    internal string State => Path.Combine(Home, "state");

    internal string Kubeconfig => Path.Combine(Home, "kubeconfig");

    /// <summary>The bank as its customers reach it from outside.</summary>
    internal string BankUrl { get; private set; } = "";

    /// <summary>The store from outside.</summary>
    internal string RedisUrl { get; private set; } = "";

    internal IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string> { ["CRATER_STATE_HOME"] = State, ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Home, ["TERM"] = "xterm" };

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(State);
        var manifests = Path.Combine(Home, "app.yaml");
        await File.WriteAllTextAsync(manifests, Manifests, TestContext.Current.CancellationToken);
        using var up = CraterProcess.Start(Home, Environment,
            [CraterProcess.Program, "lab", "up", "--detach", "--manifests", manifests, "--image", $"crater/shop={Path.Combine(AppContext.BaseDirectory, "shop")}", "--kubeconfig", Kubeconfig]);
        var answer = await up.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        _processes = [.. Processes().Select(pid => ProcessId.Of(pid)!.Value)];
        _api = await ClientAsync();
        await ReadyAsync();
        var status = await GetAsync("/apis/lab.crater.dev/v1/status");
        string Url(string name) => $"http://{status["services"]!.AsArray().Single(service => (string?)service!["name"] == name)!["outsideAddress"]}";
        (BankUrl, RedisUrl) = (Url("bank"), Url("redis"));
    }

    public async ValueTask DisposeAsync()
    {
        using var down = CraterProcess.Start(Home, Environment, [CraterProcess.Program, "lab", "down"]);
        var answer = await down.EndAsync();
        _api.Dispose();
        Directory.Delete(Home, recursive: true);
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain(_processes, process => process.IsAlive);
    }

    internal Desk NewDesk() => new(this);

    internal async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _api.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    internal Task ReadyAsync() => Wait.UntilAsync(async () => (await ReadyAsync("deployments", "bank"), await ReadyAsync("statefulsets", "redis")) == (2, 1), "bank and redis are ready", Wait.Patience);

    internal async Task<int> ReplicasAsync() => (int)(await GetAsync("/apis/apps/v1/namespaces/sock-shop/deployments/bank"))["spec"]!["replicas"]!;

    internal async Task<IReadOnlyList<string>> BankPodsAsync() =>
        [.. (await GetAsync("/api/v1/namespaces/sock-shop/pods?labelSelector=app%3Dbank"))["items"]!.AsArray().Select(pod => (string)pod!["metadata"]!["uid"]!)];

    /// <summary>What the lab holds in place now.</summary>
    internal async Task<int> HeldAsync() => (await GetAsync("/apis/lab.crater.dev/v1/injections"))["items"]!.AsArray().Count(held => (string?)held!["presence"] != "absent");

    /// <summary>Objects that carry the mark of a change.</summary>
    internal async Task<int> MarksAsync()
    {
        var marked = 0;
        foreach (var list in (string[])["/apis/apps/v1/deployments", "/api/v1/pods", "/api/v1/nodes"])
        {
            marked += (await GetAsync(list))["items"]!.AsArray().Count(found => found!["metadata"]!["annotations"]?["crater.dev/injection"] is not null);
        }

        return marked;
    }

    /// <summary>Nothing of any run is left: no fault held, no mark on any object, no claim, the bank and the nodes as they were.</summary>
    internal async Task AsBeforeAsync()
    {
        Assert.Equal(0, await HeldAsync());
        Assert.Equal(0, await MarksAsync());
        Assert.All((await GetAsync("/api/v1/nodes"))["items"]!.AsArray(), node => Assert.NotEqual("true", node!["spec"]?["unschedulable"]?.ToJsonString()));
        Assert.Equal((2, 2), (await ReplicasAsync(), await ReadyAsync("deployments", "bank")));
        Assert.Empty(await ClaimsAsync());
    }

    internal async Task<IReadOnlyList<string>> ClaimsAsync() =>
        [.. (await GetAsync("/apis/coordination.k8s.io/v1/leases"))["items"]!.AsArray().Select(lease => (string)lease!["metadata"]!["name"]!)
            .Where(name => name.StartsWith("crater-claims", StringComparison.Ordinal))];

    /// <summary>The lab's own processes, without those of its pods.</summary>
    internal IReadOnlyList<int> Processes()
    {
        var host = LabState.Read(State)!.Pid;
        var unshare = ChildrenOf(host);
        return [host, .. unshare, .. unshare.Where(pid => Command(pid).Contains("unshare", StringComparison.Ordinal)).SelectMany(ChildrenOf)];
    }

    private static string Command(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static IReadOnlyList<int> ChildrenOf(int pid) =>
        [.. Directory.EnumerateDirectories($"/proc/{pid}/task").SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)
            .Where(child => Command(child).Contains("lab-tool serve", StringComparison.Ordinal))];

    private async Task<int> ReadyAsync(string kind, string name) => (int?)(await GetAsync($"/apis/apps/v1/namespaces/sock-shop/{kind}/{name}"))["status"]?["readyReplicas"] ?? 0;

    private async Task<HttpClient> ClientAsync()
    {
        var text = await File.ReadAllTextAsync(Kubeconfig, TestContext.Current.CancellationToken);
        string Of(string key) => text.Split('\n').First(line => line.Trim().StartsWith(key + ":", StringComparison.Ordinal)).Split(':', 2)[1].Trim().Trim('"');
        return LabDriver.Client(new Uri(Of("server")), Of("token"), System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Of("certificate-authority-data"))));
    }
}

/// <summary>One person's working folder: runs and reports of their own, on the lab that all share.</summary>
internal sealed class Desk(CommandLab lab)
{
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(lab.Home, $"desk-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(8)}")).FullName;

    public string Runs => Path.Combine(Folder, ".crater", "runs");

    public IReadOnlyDictionary<string, string> Environment => lab.Environment;

    public CraterProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), [CraterProcess.Program, .. arguments]);

    public CraterProcess Start(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> vector) =>
        CraterProcess.Start(Folder, lab.Environment.Concat(environment).GroupBy(pair => pair.Key).ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value), vector);

    public async Task<Answer> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await process.EndAsync();
    }

    public string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(Folder, name), text);
        return name;
    }

    /// <summary>A document with one fault; its hypothesis is a program that always succeeds, unless another one is given.</summary>
    public string Document(string fault, string arguments, string duration, string target = "namespace: sock-shop, labels: \"app=bank\"", string probe = """type: process, path: "true" """, string tolerance = "0", string more = "") =>
        Write($"{fault}.yaml", $$"""
            title: The bank stands a {{fault}}
            description: Written by a test.
            steady-state-hypothesis:
              title: What is asked is answered
              probes:
                - {name: it answers, type: probe, tolerance: {{tolerance}}, provider: { {{probe}} } }
            method:
              - type: action
                name: break it
                provider: {type: fault, fault: {{fault}}, target: { {{target}} }, arguments: { {{arguments}} }, duration: {{duration}}}
            {{more}}
            """);

    /// <summary>The only run of this folder.</summary>
    public string Run() => Path.GetFileName(Assert.Single(Directory.GetDirectories(Runs)));

    public IReadOnlyList<string> Events(string run) => File.ReadAllLines(Path.Combine(Runs, run, "events.jsonl"));
}
