using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>The operator under exactly the rights that deploy/rbac gives it.</summary>
public sealed class OperatorRightsTests : OperatorBench
{
    private const string Robot = "system:serviceaccount:crater-system:crater-operator";

    [Fact]
    public async Task The_three_cluster_roles_are_all_that_the_operator_needs_for_a_cluster()
    {
        foreach (var set in (PermissionSet[])[Permissions.Inventory, Permissions.KubernetesDriver, Permissions.Operator])
        {
            await RbacAsync("clusterroles", "ClusterRole", "", PermissionText.Role(set));
            await BindAsync("clusterrolebindings", "ClusterRoleBinding", "", set.Role, "ClusterRole");
        }

        await RunsAndDiesWellAsync(await AsRobotAsync());
        Assert.DoesNotContain("CRT5202", Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_role_for_namespaces_is_all_that_the_operator_needs_there_and_lets_it_see_nothing_else()
    {
        foreach (var space in (string[])["shop", CraterKinds.HomeSpace])
        {
            await RbacAsync("roles", "Role", space, PermissionText.Role(Permissions.NamespacedOperator, space));
            await BindAsync("rolebindings", "RoleBinding", space, Permissions.NamespacedOperator.Role, "Role");
        }

        await MapAsync("elsewhere", "default");
        await CreateAsync(Tamper("elsewhere", "1s"), "default");
        await RunsAndDiesWellAsync(await AsRobotAsync(), "--namespaces", "shop");
        Assert.Equal("", (await ReadAsync("elsewhere", "default")).Text("status", "phase"));
    }

    private async Task RunsAndDiesWellAsync(string kubeconfig, params string[] more)
    {
        var first = Operate("robot", kubeconfig, more);
        await MapAsync("carts");
        await MapAsync("orders");
        await CreateAsync(Tamper("carts", "1s", more: """, "deadline": "10m" """));
        await PhaseAsync("carts", "Completed");
        await UntilAsync(async () => (await Client.ListAsync(CraterKinds.Events, "shop", ListQuery.All, Stop)).Items.Any(one => one.Text("reason") == "Completed"), "an event tells of it", () => Said);
        await CreateAsync(Tamper("orders", "10m"));
        await UntilAsync(async () => await ModeAsync("orders") == "wild", "the fault is in place", () => Said);
        first.Signal(Signals.Kill);
        await first.EndAsync();
        Operate("robot", kubeconfig, more);
        await PhaseAsync("orders", "Aborted");
        Assert.Equal("calm", await ModeAsync("orders"));
    }

    private async Task<string> AsRobotAsync()
    {
        var file = Path.Combine(Folder, "robot");
        await File.WriteAllTextAsync(file, Cluster.KubeconfigText.Replace("    token: ", $"    as: {Robot}\n    token: ", StringComparison.Ordinal), Stop);
        return file;
    }

    private Task<JsonObject> BindAsync(string plural, string kind, string space, string role, string roleKind) => RbacAsync(plural, kind, space, Parse($$"""
        {"metadata": {"name": "{{role}}"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "{{roleKind}}", "name": "{{role}}"},
         "subjects": [{"kind": "ServiceAccount", "namespace": "crater-system", "name": "crater-operator"}] }
        """));

    private Task<JsonObject> RbacAsync(string plural, string kind, string space, JsonObject made) =>
        Cluster.MakeAsync(new Resource("rbac.authorization.k8s.io", "v1", plural, kind, space.Length > 0), space, made);
}
