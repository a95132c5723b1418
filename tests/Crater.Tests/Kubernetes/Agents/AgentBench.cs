using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Targets;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>
/// The lab's API with one ready node, a stand-in for its kubelet, and one for the craterd of every agent pod, which says that it is well. A test may stand between any request and the server.
/// </summary>
internal sealed class AgentBench : IAsyncDisposable
{
    public const string Space = AgentPodOptions.DefaultNamespace;

    private readonly CancellationTokenSource _over = new();
    private Task _kubelet = Task.CompletedTask;
    private FakeFront _front = null!;
    private HttpClient _http = null!;

    private AgentBench(LabApi lab) => Lab = lab;

    public LabApi Lab { get; }

    /// <summary>What stands between a request and the server; answers whether it has answered.</summary>
    public Func<HttpContext, Task<bool>> Between { get; set; } = _ => Task.FromResult(false);

    /// <summary>What becomes of a new agent pod.</summary>
    public string PodStatus { get; set; } = """{"phase":"Running","containerStatuses":[{"name":"craterd","ready":true,"state":{"running":{}}}]}""";

    /// <summary>Whether a new agent pod is started at all.</summary>
    public Func<JsonObject, bool> Starts { get; set; } = _ => true;

    public KubernetesClient Client { get; private set; } = null!;

    public static async Task<AgentBench> StartAsync(string node = "node1")
    {
        var bench = new AgentBench(await LabApi.StartAsync());
        bench._front = await FakeFront.StartAsync(
            async context => await bench.Between(context) || (context.WebSockets.IsWebSocketRequest && await CraterdAsync(context)), bench.Lab.Connection.HttpClient);
        bench._http = new HttpClient { BaseAddress = bench._front.Address };
        bench.Client = new KubernetesClient(bench._http, "bench", TimeProvider.System);
        await bench.NodeAsync(node, isReady: true);
        bench._kubelet = bench.KubeletAsync();
        return bench;
    }

    public PodAgentDriver Driver(TimeSpan? patience = null, bool isDaemonSet = false) =>
        new(Client, isLab: true, new AgentPodOptions { StartPatience = patience ?? TimeSpan.FromSeconds(20), IsDaemonSet = isDaemonSet }, TimeProvider.System);

    public async Task NodeAsync(string name, bool isReady)
    {
        await Lab.Client.CreateAsync(Resource.Nodes, null, LabApi.Parse($$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"}}"""), LabApi.Stop);
        Lab.Store.Modify("nodes", "", name, node => node["status"] = LabApi.Parse($$"""{"conditions":[{"type":"Ready","status":"{{(isReady ? "True" : "False")}}"}]}"""));
    }

    public static Injection Injection(string run, string fault = "cpu-burn", string node = "node1") => new()
    {
        Run = new RunId(run),
        Sequence = 1,
        Activity = "a test",
        Fault = new Fault { Name = fault, AskedAs = fault, Arguments = new Dictionary<string, string>() },
        Target = new Target { Kind = TargetKind.Pod, Namespace = "work", Name = "one", Node = node },
        Driver = "agent",
        Duration = TimeSpan.FromSeconds(60),
    };

    public static Task BeginAsync(PodAgentDriver driver, Injection injection) => driver.BeginAsync(injection.Run, [injection], LabApi.Stop);

    /// <summary>Pods, Secrets and Leases in the agents' namespace that are not on their way out.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. new[] { "pods", "secrets", "leases.coordination.k8s.io" }
            .SelectMany(resource => Lab.Store.Scan(resource, Space).Items.Where(found => !found.IsTerminating()).Select(found => $"{resource}/{found.Name()}")),
    ];

    public string AgentUid() => Assert.Single(Lab.Store.Scan("pods", Space).Items, pod => !pod.IsTerminating()).Uid();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _kubelet.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        await _front.DisposeAsync();
        await Lab.DisposeAsync();
        _over.Dispose();
    }

    // Starts what is new, and ends what is asked to.
    private async Task KubeletAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            foreach (var pod in Lab.Store.Scan("pods", Space).Items)
            {
                if (pod.IsTerminating())
                {
                    Lab.Store.Remove("pods", Space, pod.Name());
                }
                else if (pod.Objects("status", "containerStatuses").FirstOrDefault() is null && Starts(pod))
                {
                    Lab.Store.Modify("pods", Space, pod.Name(), found => found["status"] = LabApi.Parse(PodStatus));
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _over.Token);
        }
    }

    // One connection of port-forward, with an HTTP server behind it that says the same to everything.
    private static async Task<bool> CraterdAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("v4.channel.k8s.io");
        byte[] port = [AgentManifest.Port & 0xff, AgentManifest.Port >> 8];
        await SayAsync([0, .. port]);
        await SayAsync([1, .. port]);
        var buffer = new byte[16 * 1024];
        while (socket.State == WebSocketState.Open && (await socket.ReceiveAsync(buffer, context.RequestAborted)).MessageType != WebSocketMessageType.Close)
        {
            await SayAsync([0, .. Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}")]);
        }

        return true;

        Task SayAsync(byte[] words) => socket.SendAsync(words, WebSocketMessageType.Binary, endOfMessage: true, context.RequestAborted);
    }
}
