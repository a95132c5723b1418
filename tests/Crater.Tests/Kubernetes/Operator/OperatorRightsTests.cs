using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>Workflows, Schedules and ChaosMeta's Experiments under exactly the rights that deploy/rbac gives.</summary>
public sealed class OperatorRightsTests
{
    [Fact]
    public async Task The_cluster_roles_are_all_that_workflows_schedules_and_ChaosMetas_experiments_need()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        foreach (var set in (PermissionSet[])[Permissions.Inventory, Permissions.KubernetesDriver, Permissions.Operator, Permissions.ChaosMeta])
        {
            await RbacAsync(desk, "clusterroles", "ClusterRole", "", PermissionText.Role(set));
            await BindAsync(desk, "clusterrolebindings", "ClusterRoleBinding", "", set.Role, "ClusterRole");
        }

        await PlaysAllAsync(desk);
    }

    [Fact]
    public async Task The_roles_for_namespaces_are_all_that_they_need_there()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        foreach (var space in (string[])["shop", CraterKinds.HomeSpace])
        {
            await RbacAsync(desk, "roles", "Role", space, PermissionText.Role(Permissions.NamespacedOperator, space));
            await BindAsync(desk, "rolebindings", "RoleBinding", space, Permissions.NamespacedOperator.Role, "Role");
        }

        await RbacAsync(desk, "clusterroles", "ClusterRole", "", PermissionText.Role(Permissions.ChaosMeta));
        await BindAsync(desk, "rolebindings", "RoleBinding", "shop", Permissions.ChaosMeta.Role, "ClusterRole");
        await desk.MapAsync("elsewhere", "pay");
        await desk.ExperimentAsync("elsewhere", "elsewhere", "1s", "pay");
        await PlaysAllAsync(desk, "shop");
        Assert.Equal("", desk.Find(CraterKinds.Experiments, "elsewhere", "pay").Text("status", "phase"));
    }

    private static async Task PlaysAllAsync(OperatorDesk desk, params string[] namespaces)
    {
        using (await desk.Lab.OpenAsync("as: system:serviceaccount:crater-system:crater-operator"))
        {
            // For the kubeconfig alone, which lies beside the lab's own.
        }

        await desk.OperateAsync(kubeconfig: Path.Combine(Path.GetDirectoryName(desk.Lab.Kubeconfig)!, "another"), chaosMeta: true, namespaces: namespaces);
        foreach (var map in (string[])["first", "second", "timely"])
        {
            await desk.MapAsync(map);
        }

        await desk.MakeAsync(CraterKinds.Workflows, "flow", new JsonObject
        {
            ["steps"] = new JsonArray(
                LabApi.Parse("""{"name": "all", "serial": ["one", "two"]}"""),
                new JsonObject { ["name"] = "one", ["experiment"] = OperatorDesk.Tamper("first", "1s") },
                new JsonObject { ["name"] = "two", ["experiment"] = OperatorDesk.Tamper("second", "1s") }),
        });
        await ScheduleTests.ScheduledAsync(desk, """{"schedule": "* * * * *", "concurrencyPolicy": "Forbid"}""", TimeSpan.FromMinutes(2), "timely");
        await desk.Client.CreateAsync(Resource.Deployments, "shop", LabApi.Parse(
            """{"metadata":{"name":"carts"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"carts"}},"template":{"metadata":{"labels":{"app":"carts"}},"spec":{"containers":[{"name":"main","image":"host"}]}}}}"""), LabApi.Stop);
        await desk.MakeAsync(CraterKinds.ChaosMeta, "theirs", LabApi.Parse("""
            {"scope":"kubernetes","targetPhase":"inject","selector":[{"namespace":"shop","name":["carts"]}],
             "experiment":{"target":"deployment","fault":"label","duration":"2s","args":[{"key":"add","value":"color=red","valueType":"string"}]}}
            """));

        await desk.PhaseAsync("flow", "Succeeded", CraterKinds.Workflows);
        await desk.UntilAsync(() => desk.All(CraterKinds.Experiments).Any(one => one.Controller().Text("kind") == "Schedule" && one.Text("status", "phase") == "Completed"), () => "what the schedule made is completed");
        await desk.UntilAsync(() => desk.Find(CraterKinds.ChaosMeta, "theirs").Text("status", "phase") == "recover" && desk.Find(CraterKinds.ChaosMeta, "theirs").Text("status", "status") == "success", () => "ChaosMeta's is recovered");
        Assert.Equal(("calm", "calm", ""), (desk.Mode("first"), desk.Mode("second"), desk.Find(Resource.Deployments, "carts").Labels().GetValueOrDefault("color", "")));
        await desk.Client.DeleteAsync(CraterKinds.Schedules, "shop", "timely", new DeleteRequest(), LabApi.Stop);
        await desk.UntilAsync(() => desk.Lab.Store.Scan("events").Items.Any(one => one.Text("involvedObject", "kind") == "Workflow"), () => "an event tells of the workflow");
        Assert.DoesNotContain(desk.Log, line => line.Contains("CRT52", StringComparison.Ordinal) || line.Contains("forbidden", StringComparison.OrdinalIgnoreCase));
    }

    private static Task<JsonObject> BindAsync(OperatorDesk desk, string plural, string kind, string space, string role, string roleKind) => RbacAsync(desk, plural, kind, space, LabApi.Parse($$"""
        {"metadata":{"name":"{{role}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{roleKind}}","name":"{{role}}"},
         "subjects":[{"kind":"ServiceAccount","namespace":"crater-system","name":"crater-operator"}]}
        """));

    private static Task<JsonObject> RbacAsync(OperatorDesk desk, string plural, string kind, string space, JsonObject made) =>
        desk.Client.CreateAsync(new Resource("rbac.authorization.k8s.io", "v1", plural, kind, space.Length > 0), space, made, LabApi.Stop);
}
