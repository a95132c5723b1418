using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>Who leads when clocks are wrong or the network is cut: never two that inject, and by no clock but one's own.</summary>
public sealed class ElectionTests
{
    /// <summary>So long that a busy machine does not make a holder late.</summary>
    private static readonly ElectionTimes Times = new() { Lease = TimeSpan.FromSeconds(5), RenewWithin = TimeSpan.FromSeconds(4), TryEvery = TimeSpan.FromMilliseconds(100) };

    /// <summary>For those who are not waited for until their Lease runs out.</summary>
    private static readonly ElectionTimes Long = Times with { Lease = TimeSpan.FromSeconds(60), RenewWithin = TimeSpan.FromSeconds(40) };

    private static CancellationToken Stop => LabApi.Stop;

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task A_Lease_that_changes_is_alive_and_one_that_does_not_is_abandoned_whatever_time_it_says(int seconds)
    {
        await using var desk = await OperatorDesk.OpenAsync(isDefined: false);
        await RenewAsync(desk, TimeSpan.FromSeconds(seconds));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var leads = new TaskCompletionSource();
        var running = Elect(desk, "us", Times, TimeProvider.System, leads, stop.Token);

        for (var i = 0; i < 20; i++)        // for twice as long as the Lease says
        {
            await Task.Delay(Times.Lease / 10, TimeProvider.System, Stop);
            await RenewAsync(desk, TimeSpan.FromSeconds(seconds));
            Assert.False(leads.Task.IsCompleted, "who is heard of is followed by nobody");
        }

        await leads.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Stop);
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData(3600, -3600)]
    [InlineData(-3600, 3600)]
    public async Task Of_two_whose_clocks_are_two_hours_apart_one_leads_and_the_other_waits_until_it_is_gone(int first, int second)
    {
        await using var desk = await OperatorDesk.OpenAsync(isDefined: false);
        using var firstEnds = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var secondEnds = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var (firstLeads, secondLeads) = (new TaskCompletionSource(), new TaskCompletionSource());
        var one = Elect(desk, "one", Long, new Off(TimeSpan.FromSeconds(first)), firstLeads, firstEnds.Token);
        await firstLeads.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Stop);
        var two = Elect(desk, "two", Long, new Off(TimeSpan.FromSeconds(second)), secondLeads, secondEnds.Token);
        await Task.Delay(30 * Long.TryEvery, TimeProvider.System, Stop);       // by its own clock the Lease that it reads was over an hour ago, or is good for two
        Assert.False(secondLeads.Task.IsCompleted);
        await firstEnds.CancelAsync();
        await one;
        await secondLeads.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Stop);
        await secondEnds.CancelAsync();
        await two;
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_stops_before_another_leads_and_finds_nothing_to_do_when_it_is_back()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await using var way = await BadWay.StartAsync(desk.Lab.Connection.HttpClient.BaseAddress!, Stop);
        var kubeconfig = $"{desk.Lab.Kubeconfig}-way";
        await File.WriteAllTextAsync(kubeconfig, way.Kubeconfig(await File.ReadAllTextAsync(desk.Lab.Kubeconfig, Stop)), Stop);
        var hits = new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var watching = CountAsync(desk, hits, over.Token);
        await desk.MapAsync("carts");
        await desk.MapAsync("orders");
        var cut = await desk.OperateAsync(identity: "one", kubeconfig: kubeconfig, times: OperatorDesk.Quick);
        await desk.UntilAsync(() => cut.IsLeader, () => "the first leads");
        var other = await desk.OperateAsync(identity: "two", times: OperatorDesk.Quick);
        await desk.ExperimentAsync("carts", "carts", "10m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "its fault is in place");

        way.Fall();
        await desk.UntilAsync(() => !cut.IsLeader, () => "it stops by itself, without a word from anybody");
        Assert.False(other.IsLeader, "only then may another lead");
        await desk.UntilAsync(() => other.IsLeader, () => "the second follows");
        await desk.PhaseAsync("carts", "Aborted");
        Assert.Equal("calm", desk.Mode("carts"));
        await desk.ExperimentAsync("orders", "orders", "10m");
        await desk.ExperimentAsync("again", "carts", "10m");
        await desk.UntilAsync(() => (desk.Mode("orders"), desk.Mode("carts")) == ("wild", "wild"), () => $"the second plays what is new: {desk.Find(CraterKinds.Experiments, "orders")?["status"]?.ToJsonString()} {desk.Find(CraterKinds.Experiments, "again")?["status"]?.ToJsonString()}");

        way.Rise();
        await desk.UntilAsync(() => desk.Log.Any(line => line.StartsWith("crater-system/one: Leadership is over", StringComparison.Ordinal)), () => "the first has noticed");
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, Stop);       // longer than its Lease was good for
        Assert.Equal((false, true), (cut.IsLeader, other.IsLeader));
        // Its late recovery is of its own injection, and takes nothing off that another made since.
        Assert.Equal(("wild", "wild"), (desk.Mode("orders"), desk.Mode("carts")));
        await over.CancelAsync();
        await watching;
        Assert.Equal((2, 1), (hits["carts"].Count, hits["orders"].Count));
        Assert.Equal("Aborted", desk.Find(CraterKinds.Experiments, "carts").Text("status", "phase"));
    }

    private static Task Elect(OperatorDesk desk, string identity, ElectionTimes times, TimeProvider clock, TaskCompletionSource leads, CancellationToken stop) =>
        new LeaderElection(desk.Client, new OperatorOptions { Identity = identity, Times = times }, clock).RunAsync(async leadership =>
        {
            leads.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }, stop);

    /// <summary>Another holder says that it lives, by a clock of its own.</summary>
    private static async Task RenewAsync(OperatorDesk desk, TimeSpan off)
    {
        var said = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = "another",
                ["leaseDurationSeconds"] = (int)Times.Lease.TotalSeconds,
                ["renewTime"] = (TimeProvider.System.GetUtcNow() + off).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            },
        };
        if (await desk.Client.FindAsync(Resource.Leases, CraterKinds.HomeSpace, OperatorOptions.LeaseName, Stop) is null)
        {
            said["metadata"] = new JsonObject { ["name"] = OperatorOptions.LeaseName };
            await desk.Client.CreateAsync(Resource.Leases, CraterKinds.HomeSpace, said, Stop);
            return;
        }

        await desk.Client.PatchAsync(Resource.Leases, CraterKinds.HomeSpace, OperatorOptions.LeaseName, PatchForm.Merge, said, null, Stop);
    }

    /// <summary>Counts the injections that were ever seen on each config map.</summary>
    private static async Task CountAsync(OperatorDesk desk, ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> hits, CancellationToken stop)
    {
        var informer = new Informer(desk.Client, Resource.ConfigMaps, "shop", new InformerOptions(), TimeProvider.System);
        await informer.RunAsync((change, _) =>
        {
            if (change.Object.Annotation("crater.dev/injection") is { Length: > 0 } injection)
            {
                hits.GetOrAdd(change.Object.Name(), _ => new()).TryAdd(injection, true);
            }

            return ValueTask.CompletedTask;
        }, stop);
    }

    private sealed class Off(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
