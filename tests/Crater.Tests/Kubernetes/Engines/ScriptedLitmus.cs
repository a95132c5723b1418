using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Ways in which Litmus gets stuck or loses a fault, as its users report them.</summary>
[Flags]
internal enum LitmusDefects
{
    None = 0,

    /// <summary>No operator runs, or it watches other namespaces.</summary>
    NoOperator = 1,

    /// <summary>The engine is initialized for ever: its runner cannot be made.</summary>
    NoRunner = 2,

    /// <summary>The runner's image cannot be pulled.</summary>
    NoImage = 4,

    /// <summary>The runner's account may not create jobs.</summary>
    NoJob = 8,

    /// <summary>The runner does not find the ChaosExperiment.</summary>
    NoExperiment = 16,

    /// <summary>The helper is evicted: its fault stays, and its target is never <c>reverted</c>.</summary>
    HelperEvicted = 32,

    /// <summary>The experiment never gets beyond its first entry: verdict Awaited for ever.</summary>
    AwaitedForEver = 64,

    /// <summary>The experiment fails before it injects anything.</summary>
    FailsBefore = 128,

    /// <summary>Its pods do not go when they are told to.</summary>
    PodsHang = 256,

    /// <summary>What it did to a node stays when its pods are killed.</summary>
    LeavesNode = 512,
}

/// <summary>
/// A fake: does with ChaosEngines what Litmus' operator, runner, experiments and helpers do, as seen through the API. It speaks with a real API server over
/// HTTP and has no other way to know anything. What it cannot do is the fault itself, except for what is a change of the API.
/// </summary>
internal sealed partial class ScriptedLitmus(KubernetesClient client) : IAsyncDisposable
{
    public static readonly Resource Engines = new("litmuschaos.io", "v1alpha1", "chaosengines", "ChaosEngine", true);
    public static readonly Resource Results = new("litmuschaos.io", "v1alpha1", "chaosresults", "ChaosResult", true);
    private const string Finalizer = "chaosengine.litmuschaos.io/finalizer";

    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, DateTimeOffset> _injectedAt = [];
    private Task _running = Task.CompletedTask;

    public LitmusDefects Defects { get; set; }

    /// <summary>Experiments end by their own duration only when this is set.</summary>
    public bool IsAllowedToFinish { get; set; } = true;

    /// <summary>How often each target was hit.</summary>
    public Dictionary<string, int> Hits { get; } = [];

    /// <summary>What happens to a pod that it deletes: its owner brings another one.</summary>
    public Func<string, string, Task> PodDeleted { get; set; } = (_, _) => Task.CompletedTask;

    public Exception? Failure { get; private set; }

    public void Start() => _running = RunAsync();

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
                if (!Defects.HasFlag(LitmusDefects.NoOperator))
                {
                    foreach (var engine in (await client.ListAsync(Engines, null, ListQuery.All, _end.Token)).Items)
                    {
                        await ReconcileAsync(engine);
                    }
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _end.Token);
            }
            catch (KubernetesException e)
            {
                // Its own API calls meet conflicts and outages too; it comes again.
                Failure = e;
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private Task ReconcileAsync(JsonObject engine) =>
        (engine.IsTerminating(), engine.Text("spec", "engineState"), engine.Text("status", "engineStatus")) switch
        {
            (true, _, _) when engine.Texts("metadata", "finalizers").Contains(Finalizer) => AbortAsync(engine),
            (false, "stop", "initialized") => AbortAsync(engine),
            (false, "active", "") => InitializeAsync(engine),
            (false, "active", "initialized") => WorkAsync(engine),
            _ => Task.CompletedTask,
        };

    private async Task InitializeAsync(JsonObject engine)
    {
        engine["metadata"]!["finalizers"] = new JsonArray(Finalizer);
        engine["status"] = new JsonObject { ["engineStatus"] = "initialized", ["experiments"] = new JsonArray(new JsonObject { ["name"] = Experiment(engine), ["status"] = "Waiting for Job Creation", ["verdict"] = "N/A" }) };
        await client.UpdateAsync(Engines, engine.Namespace(), engine.Name(), engine, null, _end.Token);
    }

    private async Task WorkAsync(JsonObject engine)
    {
        var (space, name, experiment) = (engine.Namespace(), engine.Name(), Experiment(engine));
        if (Defects.HasFlag(LitmusDefects.NoRunner))
        {
            return;
        }

        if (await client.FindAsync(Resource.Pods, space, $"{name}-runner", _end.Token) is null)
        {
            await PodAsync(engine, $"{name}-runner", name, "", Defects.HasFlag(LitmusDefects.NoImage) ? "ImagePullBackOff" : "");
        }
        else if (Defects.HasFlag(LitmusDefects.NoImage) || Defects.HasFlag(LitmusDefects.NoJob))
        {
            return;
        }
        else if (Defects.HasFlag(LitmusDefects.NoExperiment))
        {
            await StatusAsync(engine, status => status.Objects("experiments").First()["status"] = "ChaosExperiment Not Found");
        }
        else if (await client.FindAsync(Results, space, $"{name}-{experiment}", _end.Token) is not { } result)
        {
            await BeginAsync(engine);
        }
        else if (result.Text("status", "experimentStatus", "verdict") == "Awaited")
        {
            await GoOnAsync(engine, result);
        }
        else
        {
            await CompleteAsync(engine);
        }
    }

    private async Task BeginAsync(JsonObject engine)
    {
        var (space, name, experiment) = (engine.Namespace(), engine.Name(), Experiment(engine));
        var labels = new JsonObject { ["chaosUID"] = engine.Uid() };
        await client.CreateAsync(Resource.Jobs, space, Parse($$$$$"""
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"{{{{{experiment}}}}}-{{{{{engine.Uid()[..6]}}}}}","namespace":"{{{{{space}}}}}","labels":{{{{{labels.ToJsonString()}}}}}},
             "spec":{"template":{"metadata":{"labels":{{{{{labels.ToJsonString()}}}}}},"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"litmuschaos/go-runner"}]}}}}
            """), _end.Token);
        await PodAsync(engine, $"{experiment}-{engine.Uid()[..6]}-pod", experiment, "", "");
        await client.CreateAsync(Results, space, Parse($$$$$"""
            {"apiVersion":"litmuschaos.io/v1alpha1","kind":"ChaosResult","metadata":{"name":"{{{{{name}}}}}-{{{{{experiment}}}}}","namespace":"{{{{{space}}}}}","labels":{{{{{labels.ToJsonString()}}}}}},
             "spec":{"engine":"{{{{{name}}}}}","experiment":"{{{{{experiment}}}}}"},
             "status":{"experimentStatus":{"phase":"Running","verdict":"Awaited","probeSuccessPercentage":"Awaited"},"history":{"passedRuns":0,"failedRuns":0,"stoppedRuns":0,"targets":[]}}}
            """), _end.Token);
        await ProbesAsync(engine);
        await StatusAsync(engine, status => status.Objects("experiments").First()["status"] = "Running");
    }

    private async Task GoOnAsync(JsonObject engine, JsonObject result)
    {
        if (Defects.HasFlag(LitmusDefects.AwaitedForEver))
        {
            return;
        }

        if (Defects.HasFlag(LitmusDefects.FailsBefore))
        {
            await EndAsync(result, "Fail", "CHAOS_INJECT_ERROR", "the container has no netns");
            return;
        }

        var uid = engine.Uid();
        if (!_injectedAt.TryGetValue(uid, out var since))
        {
            await InjectAsync(engine, result);
            _injectedAt[uid] = TimeProvider.System.GetUtcNow();
            return;
        }

        if (Defects.HasFlag(LitmusDefects.HelperEvicted))
        {
            await RemovePodsAsync(engine, pod => pod.Name().Contains("-helper-", StringComparison.Ordinal));
            await EndAsync(result, "Fail", "HELPER_POD_FAILED_ERROR", "the helper pod was evicted");
        }
        else if (IsAllowedToFinish && TimeProvider.System.GetUtcNow() - since >= TimeSpan.FromSeconds(double.Parse(Env(engine, "TOTAL_CHAOS_DURATION"), CultureInfo.InvariantCulture)))
        {
            await RevertAsync(engine, result);
            await EndAsync(await client.GetAsync(Results, result.Namespace(), result.Name(), _end.Token), "Pass", "", "");
        }
    }

    private async Task InjectAsync(JsonObject engine, JsonObject result)
    {
        var target = Target(engine);
        Hits[target.Name] = Hits.GetValueOrDefault(target.Name) + 1;
        switch (Experiment(engine))
        {
            case "pod-delete":
                await client.DeleteAsync(Resource.Pods, engine.Text("spec", "appinfo", "appns"), target.Name, new DeleteRequest { GraceSeconds = 0 }, _end.Token);
                await PodDeleted(engine.Text("spec", "appinfo", "appns"), target.Name);
                break;
            case "node-drain":
                await client.PatchAsync(Resource.Nodes, null, target.Name, PatchForm.Merge, Parse("""{"spec":{"unschedulable":true}}"""), null, _end.Token);
                break;
            case "node-taint":
                var taint = Env(engine, "TAINTS").Split('=', ':');
                await client.PatchAsync(Resource.Nodes, null, target.Name, PatchForm.Merge, Parse($$$$$"""{"spec":{"taints":[{"key":"{{{{{taint[0]}}}}}","value":"{{{{{taint[1]}}}}}","effect":"{{{{{taint[2]}}}}}"}]}}"""), null, _end.Token);
                break;
            default:
                await PodAsync(engine, $"{Experiment(engine)}-helper-{engine.Uid()[..6]}", $"{Experiment(engine)}-helper-abcdef", target.Kind == "node" ? target.Name : "", "");
                if (target.Kind == "pod")
                {
                    await AnnotateAsync(result, target, Experiment(engine) == "container-kill" ? "targeted" : "injected");
                }

                break;
        }
    }

    private async Task RevertAsync(JsonObject engine, JsonObject? result)
    {
        var target = Target(engine);
        if (Experiment(engine) is "node-drain" or "node-taint" && !Defects.HasFlag(LitmusDefects.LeavesNode))
        {
            var undone = Experiment(engine) == "node-drain" ? """{"spec":{"unschedulable":null}}""" : """{"spec":{"taints":null}}""";
            await client.PatchAsync(Resource.Nodes, null, target.Name, PatchForm.Merge, Parse(undone), null, _end.Token);
        }

        if (result is not null && result.Annotation($"pod/{target.Name}") == "injected" && !Defects.HasFlag(LitmusDefects.HelperEvicted))
        {
            await AnnotateAsync(result, target, "reverted");
        }
    }

    private async Task CompleteAsync(JsonObject engine)
    {
        await RemovePodsAsync(engine, _ => true);
        engine["spec"]!["engineState"] = "stop";
        engine["status"]!["engineStatus"] = "completed";
        await client.UpdateAsync(Engines, engine.Namespace(), engine.Name(), engine, null, _end.Token);
    }

    private async Task AbortAsync(JsonObject engine)
    {
        if (Defects.HasFlag(LitmusDefects.PodsHang))
        {
            return;
        }

        var result = await client.FindAsync(Results, engine.Namespace(), $"{engine.Name()}-{Experiment(engine)}", _end.Token);
        await RevertAsync(engine, result);
        await RemovePodsAsync(engine, _ => true);
        if (result?.Text("status", "experimentStatus", "verdict") == "Awaited")
        {
            await EndAsync(await client.GetAsync(Results, result.Namespace(), result.Name(), _end.Token), "Stopped", "EXPERIMENT_ABORTED", "experiment got aborted");
        }

        engine["metadata"]!["finalizers"] = new JsonArray();
        engine["status"] ??= new JsonObject();
        engine["status"]!["engineStatus"] = "stopped";
        await client.UpdateAsync(Engines, engine.Namespace(), engine.Name(), engine, null, _end.Token);
    }
}
