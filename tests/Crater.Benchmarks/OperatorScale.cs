using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;

namespace Crater.Benchmarks;

/// <summary>
/// Many experiments at once on many hollow pods: how long from the creation of each Experiment until its change stands on its pod, seen by a watch of the pods, and how
/// many writes the cluster took for each.
/// </summary>
internal static class OperatorScale
{
    private const int WarmUps = 100;

    public static async Task<int> RunAsync(string root, bool quick, TextWriter output, CancellationToken abort)
    {
        var (pods, experiments) = quick ? (1_000, 100) : (10_000, 1_000);
        await using var stand = await OperatorStand.StartAsync(root, pods, abort);
        var crater = stand.Operate();
        var created = new ConcurrentDictionary<string, long>();
        var injected = new ConcurrentDictionary<string, long>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var informer = new Informer(stand.Client, Resource.Pods, "", new InformerOptions { Query = new ListQuery { LabelSelector = "crater-bench/hit" } }, TimeProvider.System);
        var watching = informer.RunAsync((change, _) =>
        {
            if (change.Change == InformerChange.Added)
            {
                injected.TryAdd(change.Object.Name()["pod".Length..], Stopwatch.GetTimestamp());
            }

            return ValueTask.CompletedTask;
        }, over.Token);
        await informer.Synced;
        await Leading(stand, abort);
        await WarmAsync(stand, pods, abort);
        var writesBefore = await VersionAsync(stand, abort);
        crater.Refresh();
        var (craterBefore, labBefore) = (crater.TotalProcessorTime, Environment.CpuUsage.TotalTime);
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, experiments, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = abort }, async (i, stop) =>
        {
            var name = i.ToString(CultureInfo.InvariantCulture);
            created[name] = Stopwatch.GetTimestamp();
            await stand.Client.CreateAsync(CraterKinds.Experiments, stand.Spaces(i), OperatorStand.Label(i, "30s"), stop);
        });
        var creating = Stopwatch.GetElapsedTime(began);
        await AllInjectedAsync(stand, injected, experiments, abort);
        var all = Stopwatch.GetElapsedTime(began);
        crater.Refresh();
        var (craterBusy, labBusy) = (crater.TotalProcessorTime - craterBefore, Environment.CpuUsage.TotalTime - labBefore);
        await stand.CompletedAsync(TimeSpan.FromMinutes(3), abort);
        var done = Stopwatch.GetElapsedTime(began);
        var writes = await VersionAsync(stand, abort) - writesBefore;
        await over.CancelAsync();
        await watching;
        var took = created.Select(entry => Stopwatch.GetElapsedTime(entry.Value, injected[entry.Key]).TotalSeconds).Order().ToList();
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
            {experiments:N0} experiments at once on {pods:N0} hollow pods, after {WarmUps} others; the lab with its API and this client in one process, the operator in another, {Environment.ProcessorCount} cores, load {Load()}

            | | |
            |---|---|
            | created within | {creating.TotalSeconds:0.0} s |
            | create → injected p50 / p95 / p99 / max | {took[took.Count / 2]:0.00} / {took[took.Count * 95 / 100]:0.00} / {took[took.Count * 99 / 100]:0.00} / {took[^1]:0.00} s |
            | all injected | {all.TotalSeconds:0.0} s |
            | until then, CPU of the operator / of the lab and this client | {craterBusy.TotalSeconds:0.0} / {labBusy.TotalSeconds:0.0} s |
            | all reverted and said so | {done.TotalSeconds:0.0} s |
            | writes to the API an experiment, its creation included (resourceVersions that passed) | {(double)writes / experiments:0.0} |
            | operator: CPU, largest memory | {crater.TotalProcessorTime.TotalSeconds:0.0} s, {crater.PeakWorkingSet64 / 1048576d:0} MiB |
            """));
        return 0;
    }

    // An operator that has been at work, as it is in a cluster: what it is made of was compiled, and what it watches is known.
    private static async Task WarmAsync(OperatorStand stand, int pods, CancellationToken abort)
    {
        await Parallel.ForAsync(pods - WarmUps, pods, abort, async (i, stop) => await stand.Client.CreateAsync(CraterKinds.Experiments, stand.Spaces(i), OperatorStand.Label(i, "1s", "crater-bench/warm"), stop));
        await stand.CompletedAsync(TimeSpan.FromMinutes(2), abort);
    }

    // One that ended before it injected will never be counted, so there is nothing to wait for. They are looked at seldom: a list of all of them is work for the
    // processors that are measured.
    private static async Task AllInjectedAsync(OperatorStand stand, ConcurrentDictionary<string, long> injected, int experiments, CancellationToken abort)
    {
        var looked = Stopwatch.GetTimestamp();
        await OperatorStand.UntilAsync(async () =>
        {
            if (injected.Count < experiments && Stopwatch.GetElapsedTime(looked) > TimeSpan.FromSeconds(10))
            {
                looked = Stopwatch.GetTimestamp();
                if ((await stand.ExperimentsAsync(abort)).FirstOrDefault(one => one.Text("status", "phase") is "Failed" or "Invalid" or "Aborted" or "Quarantined") is { } failed)
                {
                    throw new InvalidOperationException($"{failed.Name()} ended without an injection: {failed.Text("status", "phase")} {failed.Text("status", "reason")}: {failed.Text("status", "message")}");
                }
            }

            return injected.Count >= experiments;
        }, TimeSpan.FromMinutes(4), abort);
    }

    internal static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    internal static Task Leading(OperatorStand stand, CancellationToken abort) => OperatorStand.UntilAsync(
        async () => await stand.Client.FindAsync(Resource.Leases, CraterKinds.HomeSpace, OperatorOptions.LeaseName, abort) is not null, TimeSpan.FromMinutes(1), abort);

    /// <summary>The lab counts its writes by the resourceVersion of lists; leases of nodes and the operator's own are in it, too.</summary>
    private static async Task<long> VersionAsync(OperatorStand stand, CancellationToken abort) =>
        long.Parse((await stand.Client.ListAsync(Resource.Namespaces, null, ListQuery.All, abort)).Version, CultureInfo.InvariantCulture);
}
