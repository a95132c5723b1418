using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Admission;
using Crater.Server.Operating;
using Crater.Targets;
using Crater.Tests.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>The operator among missing kinds, other operators, lost Leases, residue and conflicts.</summary>
public sealed class OperatorInHardshipTests
{
    [Fact]
    public async Task Without_its_kinds_it_says_CRT8401_and_goes_on_by_itself_when_they_are_there()
    {
        await using var desk = await OperatorDesk.OpenAsync(isDefined: false);
        await desk.MapAsync("carts");
        var crater = await desk.OperateAsync();
        await desk.UntilAsync(() => crater.NotReady.StartsWith("CRT8401", StringComparison.Ordinal), () => $"it misses its kinds: {crater.NotReady}");
        Assert.Contains("Apply deploy/crds", crater.NotReady, StringComparison.Ordinal);
        await desk.DefineAsync();
        await desk.ExperimentAsync("carts", "carts", "1s");
        await desk.PhaseAsync("carts", "Completed");
        Assert.Equal("", crater.NotReady);
    }

    [Fact]
    public async Task Of_two_installations_over_the_same_namespaces_the_newcomer_stands_by_says_CRT8403_and_follows()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        var first = await desk.OperateAsync();
        await desk.UntilAsync(() => first.IsLeader, () => "the first leads");
        var second = await desk.OperateAsync("crater-two");
        await desk.UntilAsync(() => second.NotReady.StartsWith("CRT8403: Another operator (crater-system/crater-operator, held by one)", StringComparison.Ordinal), () => $"the second stands by: {second.NotReady}");
        await desk.ExperimentAsync("carts", "carts", "1s");
        var ended = await desk.PhaseAsync("carts", "Completed");
        Assert.Equal(("crater-system/crater-operator", false), (ended.Text("status", "operator"), second.IsLeader));
        await desk.EndAsync(first);
        await desk.UntilAsync(() => second.IsLeader && second.NotReady.Length == 0, () => $"the second follows: {second.NotReady}");
    }

    [Fact]
    public async Task Two_installations_with_namespaces_of_their_own_each_run_what_is_theirs()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync(CraterKinds.HomeSpace, namespaces: "shop");
        await desk.OperateAsync("crater-two", namespaces: "pay");
        foreach (var space in (string[])["shop", "pay"])
        {
            await desk.MapAsync("carts", space);
            await desk.ExperimentAsync("carts", "carts", "1s", space);
        }

        Assert.Equal("crater-system/crater-operator", (await desk.PhaseAsync("carts", "Completed")).Text("status", "operator"));
        Assert.Equal("crater-two/crater-operator", (await desk.PhaseAsync("carts", "Completed", space: "pay")).Text("status", "operator"));
    }

    [Fact]
    public async Task A_leader_that_loses_its_Lease_takes_its_faults_off_and_begins_nothing_more()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.MapAsync("orders");
        var crater = await desk.OperateAsync(times: OperatorDesk.Quick);
        await desk.ExperimentAsync("carts", "carts", "10m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "the fault is in place");
        await HandOverAsync(desk);
        await desk.UntilAsync(() => !crater.IsLeader && desk.Mode("carts") == "calm", () => "it no longer leads, and the fault is off");
        await desk.ExperimentAsync("orders", "orders", "10m");
        // Somebody else still holds the Lease for some time: what is new waits for who leads.
        await HandOverAsync(desk);
        Assert.Equal(("", "calm"), (desk.Find(CraterKinds.Experiments, "orders").Text("status", "phase"), desk.Mode("orders")));
        // The other one is not heard of again: the run is ended, never begun a second time, and the new one is played.
        await desk.PhaseAsync("carts", "Aborted");
        Assert.Equal("calm", desk.Mode("carts"));
        await desk.UntilAsync(() => desk.Find(CraterKinds.Experiments, "carts").Texts("metadata", "finalizers").Count == 0, () => "nothing holds the object");
        await desk.UntilAsync(() => desk.Mode("orders") == "wild", () => "the next one is played");
    }

    [Fact]
    public async Task A_leader_keeps_its_Lease_though_everything_else_that_it_asks_for_waits_in_line()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var crater = await desk.OperateAsync(times: OperatorDesk.Quick, limits: new ClientOptions { RequestsPerSecond = 0.01, Burst = 100 });
        await desk.UntilAsync(() => crater.IsLeader && crater.NotReady.Length == 0, () => "it leads");
        using var end = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 150).Select(_ => desk.ClientOf(crater).RawAsync("version", end.Token)).ToList();
        await desk.UntilAsync(() => waiting.Exists(one => one.IsCompleted) && waiting.Count(one => !one.IsCompleted) > 50, () => "a line has formed");
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(6);)
        {
            Assert.True(crater.IsLeader, string.Join('\n', desk.Log));
            await Task.Delay(TimeSpan.FromSeconds(0.1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await end.CancelAsync();
        await Record.ExceptionAsync(() => Task.WhenAll(waiting));
    }

    [Fact]
    public async Task What_cannot_be_taken_off_is_quarantined_by_name_told_counted_and_lets_the_object_go()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.ExperimentAsync("carts", "carts", "10m");
        var injection = desk.Lab.Injection("configmap-tamper", TargetKind.ConfigMap, "carts", 1, ("key", "mode"), ("value", "wild"));
        var driver = new KubernetesDriver(desk.Client, TimeProvider.System);
        await driver.InjectAsync(injection, await driver.PrepareAsync(injection, LabApi.Stop), TimeSpan.FromMinutes(10), LabApi.Stop);
        await desk.Client.PatchAsync(Resource.ConfigMaps, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"data":{"mode":"theirs"}}"""), null, LabApi.Stop);
        // As a dead operator left it, and as its follower has tried for longer than it may.
        desk.Lab.Store.Modify(CraterKinds.Experiments.QualifiedName, "shop", "carts", found =>
        {
            found["metadata"]!["finalizers"] = new JsonArray(CraterKinds.Finalizer);
            found["status"] = new JsonObject
            {
                ["phase"] = "Recovering",
                ["run"] = injection.Run.Value,
                ["operator"] = "crater-system/crater-operator",
                ["recoveringSince"] = TimeProvider.System.GetUtcNow().AddMinutes(-4).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            };
        });

        var crater = await desk.OperateAsync();
        var left = await desk.PhaseAsync("carts", "Quarantined");
        var residue = Assert.Single(left.Objects("status", "residue"));
        Assert.Contains("configmap/shop/carts", residue.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains($"craterctl recover {injection.Run}", residue.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("theirs", desk.Mode("carts"));
        await desk.UntilAsync(() => desk.Find(CraterKinds.Experiments, "carts").Texts("metadata", "finalizers").Count == 0, () => "nothing holds the object");
        await desk.UntilAsync(() => desk.Lab.Store.Scan("events").Items.Any(one => one is not null && one.Text("reason") == "Quarantined" && one.Text("type") == "Warning"), () => "an event warns");
        await desk.UntilAsync(() => crater.Metrics().Contains("crater_experiments{phase=\"Quarantined\"} 1\n", StringComparison.Ordinal), () => crater.Metrics());
        foreach (var line in (string[])["crater_operator_leader 1\n", "crater_residue 1\n", "crater_experiments_ended_total{phase=\"Quarantined\"} 1\n", "crater_active_faults 0\n", "crater_runs 0\n", "crater_queue_depth{kind=\"Workflow\"} 0\n"])
        {
            Assert.Contains(line, crater.Metrics(), StringComparison.Ordinal);
        }

        await desk.Client.DeleteAsync(CraterKinds.Experiments, "shop", "carts", new DeleteRequest(), LabApi.Stop);
        Assert.Null(desk.Find(CraterKinds.Experiments, "carts"));
    }

    [Fact]
    public async Task The_figures_count_what_runs_and_what_ended_and_every_one_is_explained()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        var crater = await desk.OperateAsync();
        Assert.Contains("crater_operator_leader ", crater.Metrics(), StringComparison.Ordinal);
        await desk.ExperimentAsync("carts", "carts", "10m");
        await desk.UntilAsync(() => crater.Metrics().Contains("crater_active_faults 1\n", StringComparison.Ordinal), () => crater.Metrics());
        Assert.Contains("crater_runs 1\n", crater.Metrics(), StringComparison.Ordinal);
        await desk.Client.PatchAsync(CraterKinds.Experiments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"spec":{"abort":true}}"""), null, LabApi.Stop);
        await desk.PhaseAsync("carts", "Aborted");
        await desk.UntilAsync(() => crater.Metrics().Contains("crater_experiments{phase=\"Aborted\"} 1\n", StringComparison.Ordinal), () => crater.Metrics());
        var lines = crater.Metrics().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("crater_experiments_ended_total{phase=\"Aborted\"} 1", lines);
        Assert.Contains(lines, line => line.StartsWith("crater_reconcile_duration_seconds_count{kind=\"Experiment\"} ", StringComparison.Ordinal));
        var explained = lines.Where(line => line.StartsWith("# HELP ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToHashSet();
        Assert.All(lines.Where(line => line[0] != '#'), line => Assert.Contains(explained, name => line.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_experiment_on_a_target_that_another_one_holds_fails_and_names_its_run()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.OperateAsync();
        await desk.ExperimentAsync("first", "carts", "10m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "the first is in place");
        await desk.ExperimentAsync("second", "carts", "1s");
        var refused = await desk.PhaseAsync("second", "Failed");
        Assert.Equal("CRT3012", refused.Text("status", "reason"));
        Assert.Contains(desk.Find(CraterKinds.Experiments, "first").Text("status", "run"), refused.Text("status", "message"), StringComparison.Ordinal);
        Assert.Equal("wild", desk.Mode("carts"));
        Assert.Empty(refused.Texts("metadata", "finalizers"));
    }

    [Fact]
    public async Task The_webhook_speaks_through_the_admission_of_the_API_and_its_absence_lets_the_operator_decide()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await using var world = await KubernetesWorld.OpenAsync(desk.Lab.Kubeconfig, LabApi.Stop);
        using var authority = new TestAuthority();
        using var issued = authority.Server();
        var (certificate, key) = TestAuthority.Pair(issued);
        var (certificateFile, keyFile) = ($"{desk.Lab.Kubeconfig}.crt", $"{desk.Lab.Kubeconfig}.key");
        await File.WriteAllTextAsync(certificateFile, certificate, LabApi.Stop);
        await File.WriteAllTextAsync(keyFile, key, LabApi.Stop);
        await using (var webhook = await WebhookServer.StartAsync(new ExperimentAdmission(world, CraterKinds.HomeSpace, TimeProvider.System), new IPEndPoint(IPAddress.Loopback, 0), certificateFile, keyFile, LabApi.Stop))
        {
            await desk.Client.CreateAsync(new Resource("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false), null, LabApi.Parse($$"""
                {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"crater-experiments"},
                 "webhooks":[{"name":"experiments.crater.dev","sideEffects":"None","admissionReviewVersions":["v1"],"failurePolicy":"Ignore","timeoutSeconds":10,
                   "clientConfig":{"url":"{{webhook.Address}}/validate","caBundle":"{{authority.PemData}}"},
                   "rules":[{"operations":["CREATE","UPDATE"],"apiGroups":["crater.dev"],"apiVersions":["v1alpha1"],"resources":["experiments"],"scope":"Namespaced"}]}]}
                """), LabApi.Stop);
            var refused = await Assert.ThrowsAsync<KubernetesException>(() => desk.ExperimentAsync("wrong", "nosuch", "1s"));
            Assert.Contains("admission webhook \"experiments.crater.dev\" denied the request", refused.Message, StringComparison.Ordinal);
            Assert.Contains("CRT3003", refused.Message, StringComparison.Ordinal);
            var home = OperatorDesk.Tamper("carts", "1s");
            home["document"]!["method"]![0]!["provider"]!["target"]!["namespace"] = "kube-system";
            Assert.Contains("CRT3011", (await Assert.ThrowsAsync<KubernetesException>(() => desk.MakeAsync(CraterKinds.Experiments, "protected", home))).Message, StringComparison.Ordinal);
            await desk.ExperimentAsync("sound", "carts", "1s");
        }

        await desk.ExperimentAsync("unasked", "nosuch", "1s");
        await desk.OperateAsync();
        Assert.Equal("CRT3003", (await desk.PhaseAsync("unasked", "Failed")).Text("status", "reason"));
        await desk.PhaseAsync("sound", "Completed");
    }

    private static async Task HandOverAsync(OperatorDesk desk)
    {
        while (true)
        {
            try
            {
                var lease = await desk.Client.GetAsync(Resource.Leases, CraterKinds.HomeSpace, OperatorOptions.LeaseName, LabApi.Stop);
                lease["spec"]!["holderIdentity"] = "another";
                lease["spec"]!["renewTime"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
                await desk.Client.UpdateAsync(Resource.Leases, CraterKinds.HomeSpace, OperatorOptions.LeaseName, lease, null, LabApi.Stop);
                return;
            }
            catch (KubernetesException e) when (e.IsConflict)
            {
                // The leader renewed it in between.
            }
        }
    }
}
