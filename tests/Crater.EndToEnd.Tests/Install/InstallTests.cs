using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Xunit;

namespace Crater.EndToEnd.Tests.Install;

/// <summary>craterctl install: what it does, what it does not touch, and what it says is in the way.</summary>
public sealed class InstallTests : InstallLab
{
    private static readonly Resource Roles = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
    private static readonly Resource Definitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);

    [Fact]
    public async Task An_installed_operator_runs_an_experiment_under_the_roles_that_were_installed_and_the_same_again_is_nothing()
    {
        var dry = await RunAsync("install", "--dry-run");
        Assert.True(dry.Code == 0, dry.ToString());
        Assert.Contains("+ Deployment crater-system/crater-operator", dry.Out, StringComparison.Ordinal);
        Assert.False(await IsThereAsync(Resource.Namespaces, "", "crater-system"));
        Assert.False(await IsThereAsync(Roles, "", "crater-operator"));

        var first = await RunAsync("install");
        Assert.True(first.Code == 0, first.ToString());
        await TamperAsync("carts-mode", "1s");
        await PhaseAsync("carts-mode", "Completed");
        Assert.Equal("calm", await ModeAsync());

        var again = await RunAsync("install");
        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains("nothing was changed", again.Out, StringComparison.Ordinal);
        var other = await RunAsync("install", "--dry-run", "--replicas", "1");
        Assert.Contains("~ Deployment crater-system/crater-operator: spec.replicas", other.Out, StringComparison.Ordinal);
    }

    // The agents' own work is proven with the real craterd where pods have control groups; here a program that does nothing stands in for it.
    [Fact]
    public async Task Standing_agents_are_installed_with_a_token_of_their_own_when_asked_for_and_go_with_the_rest()
    {
        var done = await RunAsync("install", "--replicas", "1", "--agent-daemon-set");
        Assert.True(done.Code == 0, done.ToString());
        var set = await Client.GetAsync(Resource.DaemonSets, "crater-system", "crater-agent", Stop);
        Assert.Equal((2, 2), (set.Integer("status", "desiredNumberScheduled"), set.Integer("status", "numberReady")));
        var token = (await Client.GetAsync(Resource.Secrets, "crater-system", "crater-agent", Stop)).Text("data", "token");
        Assert.NotEmpty(token);
        Assert.NotEqual(token, (await Client.GetAsync(Resource.Secrets, "crater-system", "crater-metrics", Stop)).Text("data", "token"));

        var again = await RunAsync("install", "--replicas", "1", "--agent-daemon-set");
        Assert.Contains("nothing was changed", again.Out, StringComparison.Ordinal);
        Assert.Equal(token, (await Client.GetAsync(Resource.Secrets, "crater-system", "crater-agent", Stop)).Text("data", "token"));
        var gone = await RunAsync("uninstall");
        Assert.True(gone.Code == 0, gone.ToString());
        Assert.False(await IsThereAsync(Resource.DaemonSets, "crater-system", "crater-agent"));
        Assert.False(await IsThereAsync(Resource.Secrets, "crater-system", "crater-agent"));
    }

    [Fact]
    public async Task What_somebody_else_made_under_a_name_of_ours_is_named_and_not_overwritten()
    {
        await Client.CreateAsync(Resource.Namespaces, null, Parse("""{"metadata":{"name":"crater-system"}}"""), Stop);
        await Client.CreateAsync(Resource.Deployments, "crater-system", Parse("""
            {"metadata":{"name":"crater-operator"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"main","image":"theirs:1"}]}}}}
            """), Stop);
        await Client.CreateAsync(Roles, null, Parse("""{"metadata":{"name":"crater-inventory"},"rules":[]}"""), Stop);
        var answer = await RunAsync("install", "--json");
        Assert.Equal((5, "CRT8601"), (answer.Code, answer.ErrorCode));
        var problems = answer.Json["error"]!["problems"]!.AsArray().Select(one => ((string?)one!["path"], (string?)one["code"])).ToList();
        Assert.Contains(("Deployment crater-system/crater-operator", "CRT8602"), problems);
        Assert.Contains(("ClusterRole crater-inventory", "CRT8602"), problems);
        Assert.Equal("theirs:1", (await Client.GetAsync(Resource.Deployments, "crater-system", "crater-operator", Stop)).At("spec", "template", "spec").Objects("containers").Single().Text("image"));
        Assert.False(await IsThereAsync(Roles, "", "crater-operator"));
        Assert.False(await IsThereAsync(Definitions, "", "experiments.crater.dev"));
    }

    [Fact]
    public async Task One_verb_that_is_missing_is_named_and_nothing_is_changed()
    {
        await Client.CreateAsync(Roles, null, Parse("""
            {"metadata":{"name":"nearly"},"rules":[
             {"apiGroups":["","apps","policy","networking.k8s.io","apiextensions.k8s.io"],"resources":["*"],"verbs":["*"]},
             {"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles","roles","rolebindings"],"verbs":["*"]},
             {"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterrolebindings"],"verbs":["get"]}]}
            """), Stop);
        await Client.CreateAsync(Roles with { Plural = "clusterrolebindings", Kind = "ClusterRoleBinding" }, null, Parse("""
            {"metadata":{"name":"nearly"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"nearly"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"jane"}]}
            """), Stop);
        var text = await File.ReadAllTextAsync(Kubeconfig, Stop);
        await File.WriteAllTextAsync(Path.Combine(Home, "jane"), text.Replace("    token: ", "    as: jane\n    token: ", StringComparison.Ordinal), Stop);
        var answer = await RunAsync("install", "--json", "--kubeconfig", Path.Combine(Home, "jane"));
        Assert.Equal((5, "CRT8601"), (answer.Code, answer.ErrorCode));
        var problems = answer.Json["error"]!["problems"]!.AsArray();
        Assert.All(problems, one => Assert.Equal("CRT8603", (string?)one!["code"]));
        Assert.All(problems, one => Assert.Contains("clusterrolebindings", (string?)one!["message"], StringComparison.Ordinal));
        Assert.False(await IsThereAsync(Resource.Namespaces, "", "crater-system"));
    }

    [Fact]
    public async Task An_installation_that_was_interrupted_half_way_is_finished_by_the_next()
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var installer = new Installer(Client, new InstallOptions(), TimeProvider.System, line =>
        {
            if (line.StartsWith("ClusterRole crater-inventory", StringComparison.Ordinal))
            {
                interrupted.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await installer.ApplyAsync(await installer.PlanAsync(Stop), TimeSpan.FromMinutes(2), interrupted.Token));
        Assert.False(await IsThereAsync(Resource.Deployments, "crater-system", "crater-operator"));
        var answer = await RunAsync("install");
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain("ClusterRole crater-inventory", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definition_of_another_release_is_left_as_it_is()
    {
        await Client.CreateAsync(Definitions, null, Parse("""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"experiments.crater.dev"},"spec":{"group":"crater.dev","scope":"Namespaced",
             "names":{"plural":"experiments","singular":"experiment","kind":"Experiment","listKind":"ExperimentList"},
             "versions":[{"name":"v2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """), Stop);
        var answer = await RunAsync("install", "--json");
        Assert.Equal((5, "CRT8601"), (answer.Code, answer.ErrorCode));
        Assert.Equal("CRT8606", (string?)answer.Json["error"]!["problems"]!.AsArray().Single()!["code"]);
        Assert.Equal(["v2"], (await Client.GetAsync(Definitions, null, "experiments.crater.dev", Stop)).Objects("spec", "versions").Select(one => one.Text("name")));
    }

    [Fact]
    public async Task An_image_that_cannot_be_had_is_what_it_says_it_waits_for()
    {
        var answer = await RunAsync("install", "--json", "--image", "nowhere/server:1", "--timeout", "3s");
        Assert.Equal((5, "CRT8605"), (answer.Code, answer.ErrorCode));
        Assert.Contains("0 of 2 operators available", (string?)answer.Json["error"]!["message"], StringComparison.Ordinal);
        Assert.Matches("ErrImagePull|ImagePullBackOff", (string?)answer.Json["error"]!["message"]);
    }

    [Fact]
    public async Task For_one_namespace_no_right_of_the_cluster_is_asked_for_and_experiments_there_run()
    {
        var answer = await RunAsync("install", "--namespaced", "shop");
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.False(await IsThereAsync(Roles, "", "crater-operator"));
        await TamperAsync("carts-mode", "1s");
        await PhaseAsync("carts-mode", "Completed");
        Assert.Equal("calm", await ModeAsync());
    }
}
