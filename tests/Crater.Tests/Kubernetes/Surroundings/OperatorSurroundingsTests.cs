using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Operator;
using Crater.Tests.Architecture;
using Crater.Tests.Kubernetes.Engines;
using Crater.Tests.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Kubernetes.Surroundings;

/// <summary>The operator in surroundings that are against it.</summary>
public sealed class OperatorSurroundingsTests
{
    [Fact]
    public async Task Kinds_of_another_version_are_CRT8401_and_nothing_is_run()
    {
        await using var desk = await OperatorDesk.OpenAsync(isDefined: false);
        foreach (var file in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy", "crds"), "*.yaml"))
        {
            var definition = DocumentReader.ReadFile(file).Root!.ToJson()!.AsObject();
            definition["spec"]!["versions"]![0]!["name"] = "v9";
            await desk.Client.CreateAsync(EngineDefinitions.Definitions, null, definition, LabApi.Stop);
        }

        await desk.MapAsync("carts");
        await desk.MakeAsync(CraterKinds.Experiments with { Version = "v9" }, "carts", OperatorDesk.Tamper("carts", "10m"));
        var crater = await desk.OperateAsync();
        await desk.UntilAsync(() => crater.NotReady.StartsWith("CRT8401", StringComparison.Ordinal), () => $"it misses its kinds: {crater.NotReady}");
        Assert.Equal("calm", desk.Mode("carts"));
    }

    [Fact]
    public async Task An_operator_that_may_not_write_what_it_decided_begins_nothing()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        var roles = new Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
        var lacking = Permissions.Operator with { Permissions = [.. Permissions.Operator.Permissions.Where(one => one.Resource != "experiments" || !one.Verbs.Contains("patch"))] };
        foreach (var set in (PermissionSet[])[Permissions.Inventory, Permissions.KubernetesDriver, lacking])
        {
            await desk.Client.CreateAsync(roles, null, PermissionText.Role(set), LabApi.Stop);
            await desk.Client.CreateAsync(roles with { Plural = "clusterrolebindings", Kind = "ClusterRoleBinding" }, null, LabApi.Parse(
                $$"""{"metadata":{"name":"{{set.Role}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{set.Role}}"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"robot"}]}"""), LabApi.Stop);
        }

        using (await desk.Lab.OpenAsync("as: robot"))
        {
            // For the kubeconfig alone.
        }

        await desk.MapAsync("carts");
        await desk.ExperimentAsync("carts", "carts", "10m");
        var crater = await desk.OperateAsync(kubeconfig: Path.Combine(Path.GetDirectoryName(desk.Lab.Kubeconfig)!, "another"));
        await desk.UntilAsync(() => crater.Metrics().Contains("crater_reconcile_failures_total{kind=\"Experiment\"} 2", StringComparison.Ordinal), () => crater.Metrics());
        Assert.Contains(desk.Log, line => line.Contains("cannot patch resource \"experiments\"", StringComparison.Ordinal));
        Assert.Equal(("calm", ""), (desk.Mode("carts"), desk.Find(CraterKinds.Experiments, "carts").Text("status", "phase")));
    }

    [Fact]
    public async Task Names_at_the_limit_of_targets_workflows_and_schedules_are_no_obstacle()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        string Long(char letter) => new(letter, 253);
        await desk.MapAsync(Long('m'));
        await desk.OperateAsync();
        await desk.MakeAsync(CraterKinds.Workflows, Long('w'), new JsonObject { ["steps"] = new JsonArray(new JsonObject { ["name"] = "one", ["experiment"] = OperatorDesk.Tamper(Long('m'), "1s") }) });
        await desk.PhaseAsync(Long('w'), "Succeeded", CraterKinds.Workflows);
        var made = LabApi.Parse("""{"schedule": "* * * * *"}""");
        made["experiment"] = OperatorDesk.Tamper(Long('m'), "1s");
        await desk.MakeAsync(CraterKinds.Schedules, Long('s'), made);
        desk.Lab.Store.Modify(CraterKinds.Schedules.QualifiedName, "shop", Long('s'),
            found => found["status"] = new JsonObject { ["lastScheduleTime"] = $"{TimeProvider.System.GetUtcNow().AddMinutes(-2):yyyy-MM-ddTHH:mm:ssZ}" });
        await desk.UntilAsync(() => desk.All(CraterKinds.Experiments).Any(one => one.Controller().Text("kind") == "Schedule" && one.Text("status", "phase") == "Completed"), () => "what the schedule made is completed");
        Assert.Equal("calm", desk.Mode(Long('m')));
        Assert.All(desk.All(CraterKinds.Experiments), one => Assert.InRange(one.Name().Length, 1, 253));
    }

    [Fact]
    public async Task A_finalizer_of_somebody_elses_on_an_experiment_stays_theirs()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.OperateAsync();
        await desk.ExperimentAsync("carts", "carts", "10m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "the fault is in place");
        await desk.Client.PatchAsync(CraterKinds.Experiments, "shop", "carts", PatchForm.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray(CraterKinds.Finalizer, "example.com/theirs") } }, null, LabApi.Stop);
        await desk.Client.DeleteAsync(CraterKinds.Experiments, "shop", "carts", new DeleteRequest(), LabApi.Stop);
        await desk.UntilAsync(() => desk.Find(CraterKinds.Experiments, "carts").Texts("metadata", "finalizers") is ["example.com/theirs"], () => "only theirs is left");
        Assert.Equal("calm", desk.Mode("carts"));
    }
}
