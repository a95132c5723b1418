using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Discovery;

public sealed class StackFileTests
{
    /// <summary>With k8s twice, as people write it.</summary>
    private const string Advisor = """
        k8s:
          kubeconfig: ~/.kube/config
          context: default
          namespaces:
            - default
            - shop
          target_services:
            - name: frontend
              namespace: shop
              type: deployment
              critical: true
            - name: redis
              namespace: shop
              type: statefulset
              critical: true

        # Monitoring configuration
        k8s:
          monitoring:
            prometheus:
              url: http://prometheus.kube-system.svc.cluster.local:9090
        """;

    [Fact]
    public void A_key_that_stands_twice_is_merged_with_a_warning()
    {
        var stack = StackReader.Read(Advisor, "stack.yaml");
        Assert.Equal("default", stack.Context);
        Assert.Equal("http://prometheus.kube-system.svc.cluster.local:9090", stack.PrometheusUrl);
        Assert.Contains(stack.Warnings, warning => warning is { Code: "CRT1104", Path: "k8s", IsWarning: true });
    }

    [Fact]
    public void Target_services_are_read()
    {
        var services = StackReader.Read(Advisor, "stack.yaml").TargetServices;
        Assert.Equal([("frontend", TargetKind.Deployment, true), ("redis", TargetKind.StatefulSet, true)], services.Select(service => (service.Name, service.Type!.Value, service.Critical!.Value)));
    }

    [Fact]
    public void The_home_folder_is_put_for_the_tilde() =>
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config"), StackReader.Read(Advisor, "stack.yaml").Kubeconfig);

    [Fact]
    public void An_unknown_key_is_named_with_the_nearest_known()
    {
        var warning = Assert.Single(StackReader.Read("k8s: {namespace: [shop]}", "stack.yaml").Warnings);
        Assert.Equal(("CRT9003", "k8s.namespace", 1), (warning.Code, warning.Path, warning.Line));
        Assert.Contains("namespaces", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_is_named_with_its_place()
    {
        var error = Assert.Throws<CraterException>(() => StackReader.Read("k8s:\n  namespaces: shop\nexperiments:\n  default_duration: soon\n", "stack.yaml"));
        Assert.Equal([("k8s.namespaces", 2), ("experiments.default_duration", 4)], error.Problems.Select(problem => (problem.Path, problem.Line)));
    }

    [Fact]
    public void A_file_of_comments_says_nothing() => Assert.Empty(StackReader.Read("# nothing yet\n", "stack.yaml").TargetServices);

    [Fact]
    public void No_file_is_no_error_unless_it_was_asked_for()
    {
        var folder = Directory.CreateTempSubdirectory("crater-stack-").FullName;
        Assert.Null(StackFile.Find(null, folder));
        Assert.Equal("CRT1001", Assert.Throws<CraterException>(() => StackFile.Find("other.yaml", folder)).Code);
        Directory.Delete(folder);
    }

    [Fact]
    public void What_the_file_says_wins_and_is_named_as_evidence()
    {
        var stack = StackReader.Read("k8s: {target_services: [{name: b, namespace: shop, critical: true, tier: data}]}", "/somewhere/stack.yaml");
        var found = StackOverlay.Apply(Some.Topology("a", ("a", "b")), stack).Components.Single(component => component.Name == "b");
        Assert.Equal((Tier.Data, "stack.yaml says so", 1.0), (found.Tier, found.TierReason, found.Criticality));
        Assert.Equal(["critical: stack.yaml says so"], found.CriticalityReasons);
    }

    [Fact]
    public void Its_dependencies_become_edges()
    {
        var stack = StackReader.Read("k8s: {target_services: [{name: b, dependencies: [c, nobody]}]}", "stack.yaml");
        var topology = StackOverlay.Apply(Some.Topology("a", ("a", "b"), ("a", "c")), stack);
        Assert.Contains(topology.Dependencies, edge => edge.From == Some.Id("b") && edge.To == Some.Id("c") && edge.Evidence[0].Kind == "stack");
        Assert.Contains(topology.Warnings, warning => warning.Contains("'nobody'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_that_is_not_there_is_a_warning()
    {
        var stack = StackReader.Read("k8s: {target_services: [{name: ghost}]}", "stack.yaml");
        Assert.Contains(StackOverlay.Apply(Some.Topology("a"), stack).Warnings, warning => warning.Contains("'ghost'", StringComparison.Ordinal));
    }
}
