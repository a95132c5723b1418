using System.Diagnostics;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Lab;

namespace Crater.Benchmarks;

/// <summary>A lab with hollow pods (objects of the API without a process) in this process, and operators as processes of their own.</summary>
internal sealed class OperatorStand : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-operator-bench-").FullName;
    private readonly LabCluster _lab;
    private Process? _operator;

    private OperatorStand(LabCluster lab) => _lab = lab;

    public required KubernetesConnection Connection { get; init; }

    public KubernetesClient Client => Connection.Client;

    public LabCluster Lab => _lab;

    public string Spaces(int i) => $"space{i % 20}";

    public static async Task<OperatorStand> StartAsync(string root, int pods, CancellationToken abort)
    {
        var server = await PublishedProgram.ServerAsync(root, abort);
        var lab = await LabCluster.StartAsync(new LabOptions { Nodes = 1, HollowNodes = Math.Max(1, pods / 500) }, abort);
        var folder = Directory.CreateTempSubdirectory("crater-operator-config-").FullName;
        var kubeconfig = Path.Combine(folder, "config");
        await File.WriteAllTextAsync(kubeconfig, lab.KubeconfigText, abort);
        var connection = await KubernetesConnection.OpenAsync(
            new ConnectionOptions { Kubeconfig = kubeconfig, Client = new ClientOptions { RequestsPerSecond = 100_000, Burst = 100_000 } }, TimeProvider.System, abort);
        var stand = new OperatorStand(lab) { Connection = connection, Kubeconfig = kubeconfig, Server = server };
        await stand.PrepareAsync(root, pods, abort);
        return stand;
    }

    public required string Kubeconfig { get; init; }

    /// <summary>The operator's program.</summary>
    public required string Server { get; init; }

    /// <summary>Starts an operator; one that runs is left alone.</summary>
    public Process Operate(string kubeconfig = "")
    {
        var start = new ProcessStartInfo(Server)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in (string[])["operator", "--kubeconfig", kubeconfig.Length > 0 ? kubeconfig : Kubeconfig, "--identity", "bench", "--folder", Path.Combine(_folder, "runs"),
            "--listen", "127.0.0.1:0"])
        {
            start.ArgumentList.Add(word);
        }

        _operator?.Dispose();
        _operator = Process.Start(start)!;
        _operator.OutputDataReceived += (_, line) => Keep(line.Data);
        _operator.ErrorDataReceived += (_, line) => Keep(line.Data);
        _operator.BeginOutputReadLine();
        _operator.BeginErrorReadLine();
        return _operator;
    }

    /// <summary>The last lines that operators said.</summary>
    public Queue<string> Said { get; } = new();

    /// <summary>How often an operator said that it leads.</summary>
    public int Leads { get; private set; }

    public async Task<IReadOnlyList<JsonObject>> ExperimentsAsync(CancellationToken abort) => (await Client.ListAsync(CraterKinds.Experiments, null, ListQuery.All, abort)).Items;

    /// <summary>Waits until every Experiment has ended as Completed and nothing holds it any more; says which have not, and what the operator said last.</summary>
    public async Task CompletedAsync(TimeSpan patience, CancellationToken abort)
    {
        IReadOnlyList<JsonObject> open = [];
        try
        {
            await UntilAsync(async () => (open = [.. (await ExperimentsAsync(abort)).Where(one => one.Text("status", "phase") != "Completed" || one.Texts("metadata", "finalizers").Count > 0)]).Count == 0, patience, abort);
        }
        catch (TimeoutException)
        {
            lock (Said)
            {
                throw new TimeoutException($"Not within {patience.TotalSeconds:0} s, {open.Count} are open. The first of them: {open[0].Name()} {open[0].At("status")?.ToJsonString()}\n{string.Join('\n', Said)}");
            }
        }
    }

    /// <summary>An Experiment that labels one pod for a while.</summary>
    public static JsonObject Label(int i, string duration, string label = "crater-bench/hit") => JsonNode.Parse($$$"""
        {"metadata": {"name": "label{{{i}}}"}, "spec": {"document": {"title": "Pod {{{i}}} lives with another label",
          "blast-radius": {"targets-max": 10000, "duration-max": "30m"},
          "method": [{"type": "action", "name": "label", "provider": {"type": "fault", "fault": "pod-label", "arguments": {"add": "{{{label}}}=run{{{i}}}"},
            "target": {"kind": "pod", "name": "pod{{{i}}}"}, "duration": "{{{duration}}}"}}]} } }
        """)!.AsObject();

    public static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan patience, CancellationToken abort)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                throw new TimeoutException($"Not within {patience.TotalSeconds:0} s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, abort);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_operator is { HasExited: false })
        {
            _operator.Kill();
        }

        _operator?.Dispose();

        Connection.Dispose();
        await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(Path.GetDirectoryName(Kubeconfig)!, recursive: true);
    }

    private void Keep(string? line)
    {
        lock (Said)
        {
            if (line is not null)
            {
                Leads += line.Contains(" leads ", StringComparison.Ordinal) ? 1 : 0;
                Said.Enqueue(line);
                while (Said.Count > 40)
                {
                    Said.Dequeue();
                }
            }
        }
    }

    private async Task PrepareAsync(string root, int pods, CancellationToken abort)
    {
        foreach (var space in Enumerable.Range(0, 20).Select(Spaces).Append(CraterKinds.HomeSpace))
        {
            await Client.CreateAsync(Resource.Namespaces, null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = space } }, abort);
        }

        var definitions = new Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);
        foreach (var file in Directory.GetFiles(Path.Combine(root, "deploy", "crds"), "*.yaml"))
        {
            await Client.CreateAsync(definitions, null, DocumentReader.ReadFile(file).Root!.ToJson()!.AsObject(), abort);
        }

        await Parallel.ForAsync(0, pods, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = abort }, async (i, stop) => await Client.CreateAsync(
            Resource.Pods, Spaces(i), JsonNode.Parse($$$"""
            {"metadata": {"name": "pod{{{i}}}", "labels": {"app": "app{{{i / 5}}}"}},
             "spec": {"nodeName": "hollow{{{1 + (i % Math.Max(1, pods / 500))}}}", "containers": [{"name": "main", "image": "hollow"}]} }
            """)!.AsObject(), stop));
        await UntilAsync(async () => (await Client.ListAsync(definitions, null, ListQuery.All, abort)).Items.All(one => one.Condition("Established")), TimeSpan.FromMinutes(1), abort);
    }
}
