using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Lab;
using Crater.Lab.Spawning;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>
/// A lab whose pods have control groups, with one deployment of two pods that serve files of an empty folder, each in network and mounts of its own. Agent pods are this build's craterd. The lab is init of a pid
/// namespace of its own, so that no agent in it can see a process that is not the lab's: that is the list of what these tests may touch.
/// </summary>
public class AgentLab : IAsyncLifetime
{
    private const string Manifests = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: work}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: sleeper, namespace: work, labels: {app: sleeper}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: sleeper}}
          template:
            metadata: {labels: {app: sleeper}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: main
                  image: host
                  command: ["unshare", "--net", "--mount", "/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; exec /usr/bin/python3 -m http.server 8080 --bind 127.0.0.1"]
                  ports: [{containerPort: 8080}]
                  resources: {limits: {cpu: "1", memory: 256Mi}}
        """;

    private HttpClient _api = new();
    private IReadOnlyList<ProcessId> _processes = [];

    internal string Home { get; } = Directory.CreateTempSubdirectory("crater-agents-").FullName;

    internal string State => Path.Combine(Home, "state");

    internal string Kubeconfig => Path.Combine(Home, "kubeconfig");

    internal IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["CRATER_STATE_HOME"] = State, ["KUBECONFIG"] = Kubeconfig, ["HOME"] = Home, ["TERM"] = "xterm" };

    /// <summary>Where the lab's control groups are, of one controller.</summary>
    internal string Groups(string controller) => $"/sys/fs/cgroup/{controller}/crater-lab-{LabState.Read(State)!.LabId}/kubepods";

    public virtual async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "root is missing, which control groups of a lab's pods need");
        Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup/freezer"), "control groups of version 1 are missing, by which these tests look at pods");
        Directory.CreateDirectory(State);
        var manifests = Path.Combine(Home, "work.yaml");
        await File.WriteAllTextAsync(manifests, Manifests, TestContext.Current.CancellationToken);
        using var up = CraterProcess.Start(Home, Environment,
        [
            CraterProcess.Program, "lab", "up", "--detach", "--cgroups", "--nodes", "2", "--manifests", manifests, "--image", "host=host",
            "--image", $"crater/agent={Path.Combine(AppContext.BaseDirectory, "craterd")}", "--kubeconfig", Kubeconfig,
        ]);
        var answer = await up.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        _processes = [ProcessId.Of(LabState.Read(State)!.Pid)!.Value];
        _api = await ClientAsync();
        await Wait.UntilAsync(async () => (await PodsAsync("work")).Count(pod => pod.IsReady) == 2, "both pods sleep", Wait.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_processes.Count > 0)
        {
            using var down = CraterProcess.Start(Home, Environment, [CraterProcess.Program, "lab", "down"]);
            var answer = await down.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
            Assert.DoesNotContain(_processes, process => process.IsAlive);
        }

        _api.Dispose();
        Directory.Delete(Home, recursive: true);
    }

    internal AgentDesk NewDesk() => new(this);

    internal async Task<IReadOnlyList<SeenPod>> PodsAsync(string space) =>
        [.. (await GetAsync($"/api/v1/namespaces/{space}/pods"))["items"]!.AsArray().Select(pod => new SeenPod(pod!.AsObject()))];

    /// <summary>What is left in the agents' namespace: pods, Secrets and records of runs.</summary>
    internal async Task<IReadOnlyList<string>> LeftAsync()
    {
        List<string> left = [];
        foreach (var path in (string[])["/api/v1/namespaces/crater-system/pods", "/api/v1/namespaces/crater-system/secrets", "/apis/coordination.k8s.io/v1/namespaces/crater-system/leases"])
        {
            left.AddRange((await GetAsync(path))["items"]!.AsArray().Select(found => $"{path.Split('/')[^1]}/{found!["metadata"]!["name"]}")
                .Where(name => name.Contains("crater-agent", StringComparison.Ordinal)));
        }

        return left;
    }

    /// <summary>Where its API listens.</summary>
    internal System.Net.EndPoint Server => new System.Net.IPEndPoint(System.Net.IPAddress.Parse(_api.BaseAddress!.Host), _api.BaseAddress.Port);

    /// <summary>A kubeconfig that goes to the API by another port of this machine.</summary>
    internal async Task<string> KubeconfigThroughAsync(int port)
    {
        var file = Path.Combine(Home, $"kubeconfig-{port}");
        var text = await File.ReadAllTextAsync(Kubeconfig, TestContext.Current.CancellationToken);
        File.Copy(Kubeconfig, file);     // and with it who may read it
        await File.WriteAllTextAsync(file, text.Replace(_api.BaseAddress!.Authority, $"{_api.BaseAddress.Host}:{port}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        return file;
    }

    internal async Task<JsonNode> GetAsync(string path) => await SendAsync(HttpMethod.Get, path);

    internal async Task<JsonNode> SendAsync(HttpMethod method, string path, string body = "")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Content = body.Length == 0 ? null : new StringContent(body, System.Text.Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        using var answer = await _api.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>What stands in a file of the control group of a pod's only container; empty when there is none.</summary>
    internal string Group(SeenPod pod, string controller, string file)
    {
        var folder = Path.Combine(Groups(controller), $"pod{pod.Uid}");
        var group = Directory.Exists(folder) ? Directory.GetDirectories(folder).FirstOrDefault() : null;
        return group is null ? "" : File.ReadAllText(Path.Combine(group, file)).Trim();
    }

    internal bool IsFrozen(SeenPod pod) => Group(pod, "freezer", "freezer.state") == "FROZEN";

    internal int Members(SeenPod pod) => Group(pod, "cpu", "cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private async Task<HttpClient> ClientAsync()
    {
        var text = await File.ReadAllTextAsync(Kubeconfig, TestContext.Current.CancellationToken);
        string Of(string key) => text.Split('\n').First(line => line.Trim().StartsWith(key + ":", StringComparison.Ordinal)).Split(':', 2)[1].Trim().Trim('"');
        return LabDriver.Client(new Uri(Of("server")), Of("token"), System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Of("certificate-authority-data"))));
    }
}

/// <summary>A pod as the API shows it.</summary>
internal sealed record SeenPod(JsonObject Json)
{
    public string Name => (string)Json["metadata"]!["name"]!;

    public string Uid => (string)Json["metadata"]!["uid"]!;

    public string Node => (string?)Json["spec"]?["nodeName"] ?? "";

    public int Restarts => (int?)Json["status"]?["containerStatuses"]?[0]?["restartCount"] ?? 0;

    public bool IsReady => Json["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True") == true;
}

/// <summary>One person's working folder on such a lab.</summary>
internal sealed class AgentDesk(AgentLab lab)
{
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(lab.Home, $"desk-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(8)}")).FullName;

    public CraterProcess Start(params string[] arguments) => CraterProcess.Start(Folder, lab.Environment, [CraterProcess.Program, .. arguments]);

    public async Task<Answer> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await process.EndAsync();
    }

    /// <summary>A document with one fault on sleepers, which insists on the driver agent.</summary>
    public string Document(string fault, string arguments, string duration, string target = "namespace: work, labels: \"app=sleeper\"")
    {
        File.WriteAllText(Path.Combine(Folder, $"{fault}.yaml"), $$"""
            title: A sleeper stands a {{fault}}
            description: Written by a test.
            driver: agent
            steady-state-hypothesis:
              title: It works
              probes:
                - {name: it answers, type: probe, tolerance: 0, provider: {type: process, path: "true"} }
            method:
              - type: action
                name: break it
                provider: {type: fault, fault: {{fault}}, target: { {{target}} }, arguments: { {{arguments}} }, duration: {{duration}} }
            blast-radius: {targets-max: 2, target-share-max: 1}
            """);
        return $"{fault}.yaml";
    }

    /// <summary>The only run of this folder.</summary>
    public string Run() => Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(Folder, ".crater", "runs"))));
}
