using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Runs;
using Crater.Targets;
using Crater.Tests.Kubernetes.Operator;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Kubernetes.Surroundings;

/// <summary>Surroundings that are against us, each with a code of its own, and nothing left. docs/bad-surroundings.md has all of them in one table.</summary>
public sealed class BadSurroundingsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", replicas: 2);
        await _lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"metadata":{"name":"settings"},"data":{"mode":"calm"}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_verb_that_is_missing_for_the_act_itself_is_named_and_nothing_was_changed()
    {
        await GrantAsync(Permissions.KubernetesDriver.Permissions.Select(one => one.Resource == "configmaps" ? one with { Verbs = [] } : one));
        using var connection = await _lab.OpenAsync("as: robot");
        var driver = new KubernetesDriver(connection.Client, TimeProvider.System);
        var injection = Tamper();
        var preparation = await driver.PrepareAsync(injection, Stop);
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => driver.InjectAsync(injection, preparation, Lease, Stop));
        Assert.Equal("CRT5202", refused.Code);
        Assert.Contains("patch", refused.Message, StringComparison.Ordinal);
        Assert.Contains("configmaps", refused.Message, StringComparison.Ordinal);
        // As a run goes on after an inject that failed.
        await driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(("calm", Presence.Absent, 0), (Mode(), (await driver.InspectAsync(injection, preparation, Stop)).Presence, _lab.Store.Scan("secrets").Items.Count));
    }

    [Fact]
    public async Task A_run_that_lacks_the_verb_of_its_act_is_clean_and_inconclusive()
    {
        await GrantAsync(Permissions.KubernetesDriver.Permissions.Select(one => one.Resource == "configmaps" ? one with { Verbs = [] } : one));
        using (await _lab.OpenAsync("as: robot"))
        {
            // For the kubeconfig alone.
        }

        var folder = Directory.CreateTempSubdirectory("crater-lacking-");
        await using var cluster = await KubernetesWorld.OpenAsync(Path.Combine(Path.GetDirectoryName(_lab.Kubeconfig)!, "another"), Stop);
        var crater = new ControlPlane(cluster.World, new RunFolders(folder.FullName, TimeProvider.System), TimeProvider.System, "me@here");
        var experiment = ExperimentReader.Read(OperatorDesk.Tamper("settings", "1s")["document"]!.ToJsonString(), DocumentFormat.Json, new ReadOptions { DefaultNamespace = "shop" }).OrThrow();
        using var abort = new AbortSignal();
        var outcome = await crater.RunAsync(await crater.PlanAsync(experiment, seed: 1, Stop), experiment, new RunWishes(), abort);
        Assert.Equal((true, 5), (outcome.IsClean, RunDesk.ExitCode(outcome)));
        Assert.Equal("CRT5202", Assert.IsType<RunInterrupted>(outcome.StoppedBy).Code);
        Assert.Equal("calm", Mode());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_verb_that_is_taken_away_while_a_fault_is_in_place_leaves_residue_until_it_is_back()
    {
        await GrantAsync(Permissions.KubernetesDriver.Permissions);
        using var connection = await _lab.OpenAsync("as: robot");
        var driver = new KubernetesDriver(connection.Client, TimeProvider.System);
        var injection = Tamper();
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);
        var role = new Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);
        var binding = await _lab.Client.GetAsync(role, null, "robot-driver", Stop);
        await _lab.Client.DeleteAsync(role, null, "robot-driver", new DeleteRequest(), Stop);
        Assert.Equal("CRT5202", (await Assert.ThrowsAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop))).Code);
        Assert.NotEqual(Presence.Absent, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        binding["metadata"] = LabApi.Parse("""{"name":"robot-driver"}""");
        await _lab.Client.CreateAsync(role, null, binding, Stop);
        await driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(("calm", Presence.Absent), (Mode(), (await driver.InspectAsync(injection, preparation, Stop)).Presence));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Clocks_of_clients_that_are_an_hour_off_neither_shorten_nor_lengthen_a_lease(int seconds)
    {
        var clock = new OffClock(TimeSpan.FromSeconds(seconds));
        var skewed = new KubernetesClient(_lab.Connection.HttpClient, "skewed", clock);
        var driver = new KubernetesDriver(skewed, clock);
        var injection = Tamper();
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, TimeSpan.FromMinutes(1), Stop);
        using var ours = new ApiStateKeeper(_lab.Client, [], TimeProvider.System);
        using var theirs = new ApiStateKeeper(skewed, [], clock);
        Assert.Empty(await ours.RecoverExpiredAsync(Stop));
        Assert.Empty(await theirs.RecoverExpiredAsync(Stop));
        await driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-30), Stop);
        Assert.Equal("", Assert.Single(await (seconds > 0 ? ours : theirs).RecoverExpiredAsync(Stop)).Problem);
        Assert.Equal("calm", Mode());
    }

    [Fact]
    public async Task A_finalizer_of_somebody_elses_on_what_was_deleted_is_named_and_the_next_recovery_goes_on()
    {
        await _lab.Client.PatchAsync(Resource.Deployments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"metadata":{"finalizers":["example.com/theirs"]}}"""), null, Stop);
        var driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        var injection = _lab.Injection("deployment-delete", TargetKind.Deployment, "carts");
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);
        var held = await Assert.ThrowsAsync<CraterException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Assert.Equal(("CRT8087", true), (held.Code, held.Message.Contains("example.com/theirs", StringComparison.Ordinal)));
        Assert.Equal(["example.com/theirs"], _lab.Deployment("carts").Texts("metadata", "finalizers"));
        await _lab.Client.PatchAsync(Resource.Deployments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"metadata":{"finalizers":null}}"""), null, Stop);
        await driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(Presence.Absent, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        Assert.False(_lab.Deployment("carts").IsTerminating());
    }

    [Theory]
    [InlineData("")]
    [InlineData("!no-such-label")]
    public async Task A_selector_that_matches_everything_is_stopped_by_the_blast_radius(string labels)
    {
        var everything = new TargetSelector { Namespace = "shop", Labels = labels, Share = new Ratio(1) };
        var claims = new KubernetesClaims(_lab.Client, []);
        var plan = await new Planner(new KubernetesTargets(_lab.Client, "shop"), claims, [new KubernetesDriver(_lab.Client, TimeProvider.System)])
            .PlanAsync(Some.Experiment(Some.Step(everything, "pod-kill")), Some.Run, 1, Stop);
        Assert.Equal(("CRT3005", false), (plan.Problems.First(problem => !problem.IsWarning).Code, plan.MayRun));
    }

    [Theory]
    [InlineData("kube-system", "crater-system")]
    [InlineData("kube-public", "crater-system")]
    [InlineData("kube-node-lease", "crater-system")]
    [InlineData("crater-system", "crater-system")]
    [InlineData("our-own", "our-own")]
    public void The_clusters_and_the_operators_own_namespaces_are_protected_even_from_an_administrators_experiment(string space, string home)
    {
        var spec = OperatorDesk.Tamper("settings", "1s");
        spec["document"]!["method"]![0]!["provider"]!["target"]!["namespace"] = space;
        var asked = LabApi.Parse($$"""{"metadata":{"name":"one","namespace":"{{home}}"},"spec":{{spec.ToJsonString()}}}""");
        Assert.Equal(["CRT3011"], ExperimentExam.Of(new ExperimentView(asked), home).Errors.Select(problem => problem.Code));
    }

    private Injection Tamper() => _lab.Injection("configmap-tamper", TargetKind.ConfigMap, "settings", 1, ("key", "mode"), ("value", "wild"));

    private string Mode() => _lab.Store.Get("configmaps", "shop", "settings").Text("data", "mode");

    // The user's role beside that for looking: what deploy/rbac gives, or less.
    private async Task GrantAsync(IEnumerable<Permission> permissions)
    {
        var roles = new Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
        foreach (var (name, set) in ((string, PermissionSet)[])[("robot-look", Permissions.Inventory), ("robot-driver", Permissions.KubernetesDriver with { Permissions = [.. permissions.Where(one => one.Verbs.Count > 0)] })])
        {
            var role = PermissionText.Role(set);
            role["metadata"]!["name"] = name;
            await _lab.Client.CreateAsync(roles, null, role, Stop);
            await _lab.Client.CreateAsync(roles with { Plural = "clusterrolebindings", Kind = "ClusterRoleBinding" }, null, LabApi.Parse(
                $$"""{"metadata":{"name":"{{name}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{name}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"robot"}]}"""), Stop);
        }
    }

    /// <summary>The real clock, set wrong.</summary>
    private sealed class OffClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
