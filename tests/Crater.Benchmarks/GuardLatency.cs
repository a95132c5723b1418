using System.Globalization;
using System.Security.Cryptography;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Kubernetes.Drivers;
using Crater.Lab;
using Crater.Lab.Nodes;
using Crater.Measurements;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Benchmarks;

/// <summary>
/// How long a breach lasts beyond the guard's own <c>for</c> until every mechanism is lifted: three network faults on three pods of a real lab,
/// through the whole run with its journal on disk. Only the metric is set by hand, so that the instant of the breach is known.
/// </summary>
internal static class GuardLatency
{
    private const int Runs = 40;

    /// <summary>The guard's own.</summary>
    private static readonly TimeSpan For = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Target = TimeSpan.FromSeconds(1);

    private const string Manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: idle, namespace: default}
        spec:
          replicas: 3
          selector: {matchLabels: {app: idle}}
          template:
            metadata: {labels: {app: idle}}
            spec: {terminationGracePeriodSeconds: 0, containers: [{name: idle, image: host, command: [sleep, "100000"]}]}
        """;

    private const string Document = """
        title: A breach ends everything
        description: Three network faults at once.
        method:
          - {type: action, name: slow, background: true, provider: {type: fault, fault: network-delay, target: {namespace: default, labels: "app=idle"}, arguments: {delay: 100ms}, duration: 60s}}
          - {type: action, name: lossy, background: true, provider: {type: fault, fault: network-loss, target: {namespace: default, labels: "app=idle"}, arguments: {loss: 0.1}, duration: 60s}}
          - {type: action, name: narrow, provider: {type: fault, fault: network-bandwidth, target: {namespace: default, labels: "app=idle"}, arguments: {rate: 1mbit}, duration: 60s}}
        guards: ["error_rate > 5% for 1s"]
        blast-radius: {targets-max: 3}
        """;

    public static async Task<int> RunAsync(TextWriter output, CancellationToken abort)
    {
        var home = Directory.CreateTempSubdirectory("crater-guard-");
        try
        {
            var manifest = Path.Combine(home.FullName, "idle.yaml");
            await File.WriteAllTextAsync(manifest, Manifest, abort);
            var options = new LabOptions { Images = new ImageMap().Add("host=host"), Manifests = [manifest], Kubeconfig = Path.Combine(home.FullName, "kubeconfig") };
            await using var lab = await LabCluster.StartAsync(options, abort);
            using var connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = options.Kubeconfig }, TimeProvider.System, abort);
            var beyond = new List<TimeSpan>();
            await ReadyAsync(lab, abort);
            for (var run = -1; run < Runs; run++)     // the first one warms up and does not count
            {
                var took = await OneAsync(connection, Path.Combine(home.FullName, "runs"), abort);
                beyond.AddRange(run < 0 ? [] : [took]);
            }

            return await PrintAsync(output, beyond);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task<TimeSpan> OneAsync(KubernetesConnection connection, string root, CancellationToken abort)
    {
        var clock = TimeProvider.System;
        var world = new World(
            new NoTopology(), new KubernetesTargets(connection.Client, "default"), new KubernetesClaims(connection.Client, ["default"]),
            [new LabDriver(connection.HttpClient)], [new SetByHand(clock)]);
        var metric = (SetByHand)world.Sources[0];
        var control = new ControlPlane(world, new RunFolders(root, clock), clock, "benchmark");
        var experiment = ExperimentReader.Read(Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow();
        var plan = await control.PlanAsync(experiment, RandomNumberGenerator.GetInt32(int.MaxValue), abort);
        var watch = new LiftWatch(clock, expected: 3);
        using var signal = new AbortSignal();
        var running = control.RunAsync(plan, experiment, new RunWishes { Progress = watch }, signal);
        await watch.InPlace.WaitAsync(abort);
        await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(300, 900)), clock, abort);
        metric.Breach();
        var outcome = await running;
        return outcome.IsClean && outcome.StoppedBy is GuardTripped
            ? clock.GetElapsedTime(metric.BreachedAt, watch.LiftedAt) - For
            : throw new InvalidOperationException($"{outcome.Run} was not stopped by its guard, or is not clean: {string.Join(' ', outcome.Reasons)}");
    }

    private static async Task ReadyAsync(LabCluster lab, CancellationToken abort)
    {
        while (lab.Store.List("pods", "default").Items.Count(pod => (string?)pod["status"]?["phase"] == "Running") < 3)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, abort);
        }
    }

    private static async Task<int> PrintAsync(TextWriter output, List<TimeSpan> beyond)
    {
        beyond.Sort();
        TimeSpan At(double share) => beyond[Math.Min(beyond.Count - 1, (int)Math.Ceiling(share * beyond.Count) - 1)];
        string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        await output.WriteLineAsync($"{Environment.ProcessorCount} cores, {beyond.Count} runs, three network faults each, guard for {Durations.Text(For)}\n");
        await output.WriteLineAsync("| breach to every mechanism lifted, beyond the guard's for | p50 ms | p90 ms | p99 ms | worst ms |");
        await output.WriteLineAsync("|---|---|---|---|---|");
        await output.WriteLineAsync($"| {beyond.Count} runs | {Ms(At(0.5))} | {Ms(At(0.9))} | {Ms(At(0.99))} | {Ms(beyond[^1])} |");
        var isReached = At(0.99) <= Target;
        await output.WriteLineAsync($"\nTarget p99 ≤ {Ms(Target)} ms: {(isReached ? "reached" : "NOT reached")}.");
        return isReached ? 0 : 1;
    }

    private sealed class NoTopology : ITopologySource
    {
        public string Name => "benchmark";

        public Task<Topology> DiscoverAsync(CancellationToken abort) => throw new NotSupportedException();
    }

    /// <summary>An error rate that is zero until the breach.</summary>
    private sealed class SetByHand(TimeProvider clock) : IMetricSource
    {
        private long _breachedAt;

        public string Name => "by hand";

        public long BreachedAt => Volatile.Read(ref _breachedAt);

        public void Breach() => Volatile.Write(ref _breachedAt, clock.GetTimestamp());

        public bool Knows(MetricQuery query) => query.Metric == KnownMetrics.ErrorRate;

        public Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort) =>
            Task.FromResult<Reading?>(new Reading(query.Metric, BreachedAt > 0 ? 1 : 0, clock.GetUtcNow(), 100, Name));
    }

    /// <summary>Notes when the last fault was in place and when the last was off, as the journal is told.</summary>
    private sealed class LiftWatch(TimeProvider clock, int expected) : IProgress<JournalEvent>
    {
        private readonly TaskCompletionSource _inPlace = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _injected;

        public Task InPlace => _inPlace.Task;

        public long LiftedAt { get; private set; }

        public void Report(JournalEvent value)
        {
            if (value is InjectionInjected && ++_injected == expected)
            {
                _inPlace.SetResult();
            }
            else if (value is InjectionLifted)
            {
                LiftedAt = clock.GetTimestamp();
            }
        }
    }
}
