using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Ways in which Chaos Mesh gets stuck or loses a fault, as its users report them.</summary>
[Flags]
internal enum MeshDefects
{
    None = 0,

    /// <summary>No controller runs, or it watches other namespaces.</summary>
    NoController = 1,

    /// <summary>It filters namespaces, and this one is not open: an event, and no second look.</summary>
    SelectsNone = 2,

    /// <summary>The daemon on the node cannot do it.</summary>
    InjectFails = 4,

    /// <summary>The daemon does not answer: a record stays <c>Not Injected/Wait</c>.</summary>
    InjectWaits = 8,

    /// <summary>What was injected is never recovered: the finalizer stays.</summary>
    RecoverFails = 16,

    /// <summary>The records say recovered, and the pod's own object still lists the rules.</summary>
    LeavesRules = 32,

    /// <summary>The records say recovered, and the pause image stays.</summary>
    LeavesPauseImage = 64,
}

/// <summary>
/// A fake: does with objects of Chaos Mesh what its controller manager does, as seen through the API: it selects once, keeps records, writes whole objects,
/// holds them by a finalizer, and finishes injecting before it recovers. It speaks with a real API server over HTTP. The faults themselves it cannot do, except for what is a change of the API.
/// </summary>
internal sealed class ScriptedChaosMesh(KubernetesClient client) : IAsyncDisposable
{
    private const string Finalizer = "chaos-mesh/records";
    private const string PauseImage = "gcr.io/google-containers/pause:latest";
    private static readonly string[] Ledgers = ["NetworkChaos", "IOChaos", "HTTPChaos"];
    private static readonly Resource[] Kinds = [.. EngineDefinitions.ChaosMesh().Select(one => one.Text("spec", "names", "kind")).Where(kind => kind == "PodChaos" || !kind.StartsWith("Pod", StringComparison.Ordinal)).Select(Of)];

    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, string> _specs = [];
    private readonly Dictionary<string, string> _images = [];
    private readonly HashSet<string> _injected = [];
    private Task _running = Task.CompletedTask;

    public MeshDefects Defects { get; set; }

    /// <summary>How often each target was hit.</summary>
    public Dictionary<string, int> Hits { get; } = [];

    /// <summary>Changes of a spec that the webhook would have refused.</summary>
    public List<string> Refusals { get; } = [];

    public Exception? Failure { get; private set; }

    public Func<string, string, Task> PodDeleted { get; set; } = (_, _) => Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public static Resource Of(string kind) => new("chaos-mesh.org", "v1alpha1", kind.ToLowerInvariant(), kind, true);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                foreach (var kind in Defects.HasFlag(MeshDefects.NoController) ? [] : Kinds)
                {
                    foreach (var found in (await client.ListAsync(kind, null, ListQuery.All, _end.Token)).Items)
                    {
                        await ReconcileAsync(kind, found);
                    }
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _end.Token);
            }
            catch (KubernetesException e)
            {
                Failure = e;
                // A conflict with somebody else's write: it comes again.
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ReconcileAsync(Resource kind, JsonObject found)
    {
        var spec = found["spec"]!.ToJsonString();
        if (_specs.TryGetValue(found.Uid(), out var known) ? known != spec : !_specs.TryAdd(found.Uid(), spec))
        {
            Refusals.Add(found.Name());
        }

        if (found.IsTerminating() && found.Annotation("chaos-mesh.chaos-mesh.org/cleanFinalizer") == "forced")
        {
            await ReleaseAsync(kind, found);
            return;
        }

        if (found["status"] is null)
        {
            await SelectAsync(kind, found);
            return;
        }

        var isEnding = found.IsTerminating() || (!IsOnce(found) && TimeProvider.System.GetUtcNow() >= Created(found) + Duration(found));
        found["status"]!["experiment"]!["desiredPhase"] = isEnding ? "Stop" : "Run";
        var records = found.Objects("status", "experiment", "containerRecords").ToArray();
        foreach (var record in records)
        {
            await MoveAsync(kind, found, record, isEnding);
        }

        Condition(found, "AllInjected", records.All(record => record.Text("phase") == "Injected"));
        Condition(found, "AllRecovered", records.All(record => record.Text("phase") == "Not Injected"));
        await client.UpdateAsync(kind, found.Namespace(), found.Name(), found, null, _end.Token);
        if (found.IsTerminating() && (IsOnce(found) || records.All(record => record.Text("phase") == "Not Injected")))
        {
            await ReleaseAsync(kind, await client.GetAsync(kind, found.Namespace(), found.Name(), _end.Token));
        }
    }

    // Once, and never again: pods that come later are not hit.
    private async Task SelectAsync(Resource kind, JsonObject found)
    {
        var records = new JsonArray();
        foreach (var (space, names) in Defects.HasFlag(MeshDefects.SelectsNone) ? [] : found.At("spec", "selector", "pods")!.AsObject())
        {
            foreach (var name in names!.AsArray().Select(one => one.Text()))
            {
                var container = found.Texts("spec", "containerNames") is [var only, ..] ? $"/{only}" : "";
                records.Add((JsonNode)new JsonObject { ["id"] = $"{space}/{name}{container}", ["selectorKey"] = ".", ["phase"] = "Not Injected", ["injectedCount"] = 0, ["recoveredCount"] = 0, ["events"] = new JsonArray() });
            }
        }

        found["metadata"]!["finalizers"] = new JsonArray(Finalizer);
        found["status"] = new JsonObject { ["experiment"] = new JsonObject { ["desiredPhase"] = "Run", ["containerRecords"] = records }, ["conditions"] = new JsonArray() };
        Condition(found, "Selected", records.Count > 0);
        Condition(found, "AllInjected", false);
        Condition(found, "AllRecovered", true);      // also before anything was injected
        await client.UpdateAsync(kind, found.Namespace(), found.Name(), found, null, _end.Token);
    }

    // One step at a time; an end that comes while a record waits lets it be injected first.
    private async Task MoveAsync(Resource kind, JsonObject found, JsonObject record, bool isEnding)
    {
        switch (record.Text("phase"))
        {
            case "Not Injected" when !isEnding:
                record["phase"] = "Not Injected/Wait";
                break;
            case "Not Injected/Wait" when Defects.HasFlag(MeshDefects.InjectFails):
                record["events"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "Failed", ["operation"] = "Apply", ["timestamp"] = Created(found).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), ["message"] = "toda startup takes too long or an error occurs" });
                if (isEnding)
                {
                    record["phase"] = "Not Injected";
                }

                break;
            case "Not Injected/Wait" when !Defects.HasFlag(MeshDefects.InjectWaits):
                await InjectAsync(kind, found, record);
                (record["phase"], record["injectedCount"]) = ("Injected", 1);
                break;
            case "Injected" when isEnding && !IsOnce(found) && !Defects.HasFlag(MeshDefects.RecoverFails):
                await RecoverAsync(kind, found, record);
                (record["phase"], record["recoveredCount"]) = ("Not Injected", 1);
                break;
            case "Injected" when isEnding && Defects.HasFlag(MeshDefects.RecoverFails):
                record["phase"] = "Injected/Wait";
                break;
            case "Injected/Wait" when !Defects.HasFlag(MeshDefects.RecoverFails):
                record["phase"] = "Injected";
                break;
        }
    }

    private async Task InjectAsync(Resource kind, JsonObject found, JsonObject record)
    {
        var (space, pod) = (record.Text("id").Split('/')[0], record.Text("id").Split('/')[1]);
        if (_injected.Contains($"{found.Uid()} {pod}"))
        {
            // It was done, and writing it down met somebody else's write.
            return;
        }

        if (found.Text("spec", "action") == "pod-kill")
        {
            await client.DeleteAsync(Resource.Pods, space, pod, new DeleteRequest { GraceSeconds = 0 }, _end.Token);
            await PodDeleted(space, pod);
        }
        else if (found.Text("spec", "action") == "pod-failure")
        {
            _images[pod] = (await client.GetAsync(Resource.Pods, space, pod, _end.Token)).Objects("spec", "containers").First().Text("image");
            await ImageAsync(space, pod, PauseImage);
        }
        else if (Ledgers.Contains(kind.Kind))
        {
            var (field, rule, whole) = Rule(kind.Kind);
            rule["source"] = $"{found.Namespace()}/{found.Name()}";
            whole[field] = new JsonArray(rule);
            await client.CreateAsync(Ledger(kind), space, new JsonObject { ["metadata"] = new JsonObject { ["name"] = pod }, ["spec"] = whole }, _end.Token);
        }

        _injected.Add($"{found.Uid()} {pod}");
        Hits[pod] = Hits.GetValueOrDefault(pod) + 1;
    }

    private async Task RecoverAsync(Resource kind, JsonObject found, JsonObject record)
    {
        var (space, pod) = (record.Text("id").Split('/')[0], record.Text("id").Split('/')[1]);
        if (found.Text("spec", "action") == "pod-failure" && !Defects.HasFlag(MeshDefects.LeavesPauseImage))
        {
            await ImageAsync(space, pod, _images[pod]);
        }
        else if (Ledgers.Contains(kind.Kind) && !Defects.HasFlag(MeshDefects.LeavesRules))
        {
            await client.PatchAsync(Ledger(kind), space, pod, PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { [Rule(kind.Kind).Field] = new JsonArray() } }, null, _end.Token);
        }
    }

    public Task ImageAsync(string space, string pod, string image) => client.PatchAsync(
        Resource.Pods, space, pod, PatchForm.Json, JsonNode.Parse($$$$$"""[{"op":"replace","path":"/spec/containers/0/image","value":"{{{{{image}}}}}"}]""")!, null, _end.Token);

    private async Task ReleaseAsync(Resource kind, JsonObject found)
    {
        found["metadata"]!["finalizers"] = new JsonArray();
        await client.UpdateAsync(kind, found.Namespace(), found.Name(), found, null, _end.Token);
    }

    /// <summary>Where the pod's own object lists what is on the pod, and what a rule there has to say.</summary>
    private static (string Field, JsonObject Rule, JsonObject Whole) Rule(string kind) => kind switch
    {
        "NetworkChaos" => ("tcs", new JsonObject { ["type"] = "netem" }, []),
        "IOChaos" => ("actions", new JsonObject { ["type"] = "latency", ["path"] = "", ["percent"] = 100 }, new JsonObject { ["volumeMountPath"] = "/data" }),
        _ => ("rules", new JsonObject { ["target"] = "Request", ["port"] = 80, ["selector"] = new JsonObject(), ["actions"] = new JsonObject() }, []),
    };

    private static Resource Ledger(Resource kind) => Of($"Pod{(kind.Kind == "HTTPChaos" ? "HttpChaos" : kind.Kind)}");

    private static bool IsOnce(JsonObject found) => found.Text("spec", "action") is "pod-kill" or "container-kill";

    private static DateTimeOffset Created(JsonObject found) => DateTimeOffset.Parse(found.Text("metadata", "creationTimestamp"), CultureInfo.InvariantCulture);

    private static TimeSpan Duration(JsonObject found) => TimeSpan.FromMilliseconds(double.Parse(found.Text("spec", "duration").Replace("ms", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));

    private static void Condition(JsonObject found, string type, bool holds)
    {
        var conditions = found["status"]!["conditions"]!.AsArray();
        conditions.RemoveAll(one => one.Text("type") == type);
        conditions.Add((JsonNode)new JsonObject { ["type"] = type, ["status"] = holds ? "True" : "False" });
    }
}
