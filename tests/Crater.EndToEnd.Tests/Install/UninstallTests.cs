using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>craterctl uninstall: nothing goes before everything is off.</summary>
public sealed class UninstallTests : InstallLab
{
    private static readonly Resource Roles = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);

    [Fact]
    public async Task An_active_experiment_is_a_reason_to_refuse_and_is_ended_when_told_to()
    {
        Assert.Equal(0, (await RunAsync("install", "--replicas", "1")).Code);
        await Client.CreateAsync(Resource.Secrets, "crater-system", Parse("""{"metadata":{"name":"theirs"}}"""), Stop);
        await TamperAsync("carts-mode", "20m");
        await PhaseAsync("carts-mode", "Running");
        await CommandLine.Wait.UntilAsync(async () => await ModeAsync() == "wild", "the fault is in place", CommandLine.Wait.Patience);

        var refused = await RunAsync("uninstall", "--json");
        Assert.Equal((5, "CRT8610"), (refused.Code, refused.ErrorCode));
        Assert.True(await IsThereAsync(Resource.Deployments, "crater-system", "crater-operator"));
        Assert.Equal("wild", await ModeAsync());
        var dry = await RunAsync("uninstall", "--dry-run");
        Assert.Contains("- Deployment crater-system/crater-operator", dry.Out, StringComparison.Ordinal);

        var done = await RunAsync("uninstall", "--abort");
        Assert.True(done.Code == 0, done.ToString());
        Assert.Equal("calm", await ModeAsync());
        Assert.False(await IsThereAsync(Resource.Deployments, "crater-system", "crater-operator"));
        Assert.False(await IsThereAsync(Roles, "", "crater-operator"));
        Assert.True(await IsThereAsync(Resource.Secrets, "crater-system", "theirs"));
        Assert.Equal("Aborted", (await Client.GetAsync(CraterKinds.Experiments, "shop", "carts-mode", Stop)).Text("status", "phase"));

        var nothing = await RunAsync("uninstall");
        Assert.Contains("There was nothing of Crater's.", nothing.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_dead_operator_left_is_taken_off_before_its_experiment_is_released()
    {
        Assert.Equal(0, (await RunAsync("install", "--replicas", "1")).Code);
        await TamperAsync("carts-mode", "20m");
        await CommandLine.Wait.UntilAsync(async () => await ModeAsync() == "wild", "the fault is in place", CommandLine.Wait.Patience);
        // Its pods are gone at once, without a word, and none comes again.
        await Client.PatchAsync(Resource.Deployments, "crater-system", "crater-operator", PatchForm.Merge, Parse("""{"spec":{"replicas":0}}"""), null, Stop);
        foreach (var pod in (await Client.ListAsync(Resource.Pods, "crater-system", ListQuery.All, Stop)).Items)
        {
            await Client.DeleteAsync(Resource.Pods, "crater-system", pod.Name(), new DeleteRequest { GraceSeconds = 0 }, Stop);
        }

        await CommandLine.Wait.UntilAsync(async () => (await Client.GetAsync(Resource.Deployments, "crater-system", "crater-operator", Stop)).Integer("status", "availableReplicas") is null or 0, "no operator is there", CommandLine.Wait.Patience);
        var done = await RunAsync("uninstall", "--abort", "--crds");
        Assert.True(done.Code == 0, done.ToString());
        Assert.Equal("calm", await ModeAsync());
        await CommandLine.Wait.UntilAsync(async () => !await IsThereAsync(new Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false), "", "experiments.crater.dev"),
            "the definition and its objects are gone", CommandLine.Wait.Patience);
    }

    [Fact]
    public async Task Residue_keeps_everything_in_its_place_until_a_person_has_looked()
    {
        Assert.Equal(0, (await RunAsync("install", "--replicas", "1")).Code);
        await Client.CreateAsync(CraterKinds.Experiments, "shop", Parse("""
            {"apiVersion":"crater.dev/v1alpha1","kind":"Experiment","metadata":{"name":"left","annotations":{"crater.dev/paused":"true"}},"spec":{"document":{"title":"x","method":[]}}}
            """), Stop);
        await Client.PatchAsync(CraterKinds.Experiments, "shop", "left", PatchForm.Merge,
            Parse("""{"status":{"phase":"Quarantined","residue":[{"fault":"node-taint","target":"node/node1"}]}}"""), "status", Stop);
        var refused = await RunAsync("uninstall", "--json");
        Assert.Equal((4, "CRT8611"), (refused.Code, refused.ErrorCode));
        Assert.Contains("node-taint on node/node1", refused.Out, StringComparison.Ordinal);
        Assert.True(await IsThereAsync(Resource.Deployments, "crater-system", "crater-operator"));
        Assert.Equal(0, (await RunAsync("uninstall", "--despite-residue")).Code);
        Assert.False(await IsThereAsync(Resource.Deployments, "crater-system", "crater-operator"));
    }
}
