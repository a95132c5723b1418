using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;

namespace Crater.Benchmarks;

/// <summary>An operator that is killed at random, on average a second after it leads, while experiments come in: how often each pod was changed, and what is left at the end.</summary>
internal static class OperatorDeath
{
    public static async Task<int> RunAsync(string root, bool quick, TextWriter output, CancellationToken abort)
    {
        var time = quick ? TimeSpan.FromSeconds(30) : TimeSpan.FromMinutes(5);
        await using var stand = await OperatorStand.StartAsync(root, pods: 1_000, abort);
        var hits = new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var informer = new Informer(stand.Client, Resource.Pods, "", new InformerOptions { Query = new ListQuery { LabelSelector = "crater-bench/hit" } }, TimeProvider.System);
        var watching = informer.RunAsync((change, _) =>
        {
            // A pod that no longer matches is told of as it is now, without the mark.
            if (change.Object.Annotation("crater.dev/injection") is { Length: > 0 } injection)
            {
                hits.GetOrAdd(change.Object.Name(), _ => new()).TryAdd(injection, true);
            }

            return ValueTask.CompletedTask;
        }, over.Token);
        await informer.Synced;
        var dice = new Random(42);
        var (kills, made) = (0, 0);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            var said = stand.Leads;
            var crater = stand.Operate();
            for (var i = 0; i < 2 && made < 1_000; i++, made++)
            {
                await stand.Client.CreateAsync(CraterKinds.Experiments, stand.Spaces(made), OperatorStand.Label(made, "5s"), abort);
            }

            // Counted from when it leads: one that dies while it starts does nothing that could go wrong.
            await OperatorStand.UntilAsync(() => Task.FromResult(stand.Leads > said), TimeSpan.FromMinutes(1), abort);
            await Task.Delay(TimeSpan.FromSeconds(2 * dice.NextDouble()), TimeProvider.System, abort);
            crater.Kill();
            await crater.WaitForExitAsync(abort);
            kills++;
        }

        stand.Operate();
        var from = Stopwatch.GetTimestamp();
        string[] ended = ["Completed", "Aborted"];
        await OperatorStand.UntilAsync(async () => (await stand.ExperimentsAsync(abort)).All(one => ended.Contains(one.Text("status", "phase")) && one.Texts("metadata", "finalizers").Count == 0), TimeSpan.FromMinutes(5), abort);
        var settled = Stopwatch.GetElapsedTime(from);
        await over.CancelAsync();
        await watching;
        var experiments = await stand.ExperimentsAsync(abort);
        var marked = (await stand.Client.ListAsync(Resource.Pods, null, new ListQuery { LabelSelector = "crater-bench/hit" }, abort)).Items.Count
            + (await stand.Client.ListAsync(Resource.Pods, null, new ListQuery { LabelSelector = "crater.dev/held" }, abort)).Items.Count;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"""
            The operator was killed {kills} times in {time.TotalSeconds:0} s while {made} experiments of 5 s came in; load {OperatorScale.Load()}

            | | |
            |---|---|
            | ended as | {string.Join(", ", experiments.CountBy(one => $"{one.Text("status", "phase")} ({one.Text("status", "reason")})").Select(entry => $"{entry.Value} {entry.Key}"))} |
            | pods that were changed | {hits.Count} |
            | pods that were changed by more than one injection | {hits.Count(entry => entry.Value.Count > 1)} |
            | pods still changed or marked at the end | {marked} |
            | from the last kill until every Experiment had ended | {settled.TotalSeconds:0.0} s |
            """));
        return marked == 0 && hits.All(entry => entry.Value.Count == 1) ? 0 : 1;
    }
}
