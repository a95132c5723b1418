using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Faults;

public sealed class FaultCatalogueTests
{
    private readonly List<Problem> _problems = [];

    private Fault? Describe(string name, string json = "{}") =>
        FaultCatalogue.Describe(name, JsonNode.Parse(json)!.AsObject().ToDictionary(), "arguments", _problems);

    [Fact]
    public void The_catalogue_has_every_fault_of_clusters() => Assert.Equal(
        ["pod-kill", "pod-failure", "container-image", "pod-label", "pod-finalizer", "process-stop", "cpu-burn", "memory-fill", "network-delay", "network-loss", "network-bandwidth",
            "network-partition", "http-delay", "http-abort", "http-status", "node-cordon", "node-drain", "node-taint", "node-label", "deployment-scale", "statefulset-scale", "job-suspend", "deployment-delete", "statefulset-delete", "daemonset-delete", "job-delete",
            "image-pull-fail", "scheduling-block", "deployment-label", "deployment-finalizer", "statefulset-label", "statefulset-finalizer", "daemonset-label", "daemonset-finalizer",
            "job-label", "job-finalizer", "service-disconnect", "autoscaler-freeze", "configmap-tamper", "secret-tamper", "namespace-label", "namespace-finalizer",
            "cluster-pending-pods", "cluster-completed-jobs",
            "container-kill", "network-corrupt", "network-duplicate", "disk-fill", "node-cpu-burn", "node-memory-fill",
            "io-delay", "io-fail", "time-skew", "dns-fail", "dns-random"],
        FaultCatalogue.All.Where(fault => !fault.IsForHosts).Select(fault => fault.Name));

    [Fact]
    public void One_name_can_mean_another_thing_on_a_host_than_in_a_cluster()
    {
        Assert.Equal(["lab", "agent"], FaultCatalogue.Variants("cpu-burn").Select(fault => fault.Drivers[0]));
        Assert.Equal("lab", FaultCatalogue.Find("cpu-burn")!.Drivers[0]);
        Assert.Equal("agent", FaultCatalogue.Find("cpu-burn", TargetKind.Host)!.Drivers[0]);
        Assert.Null(FaultCatalogue.Find("cpu-burn", TargetKind.Process));
        Assert.Equal("2s", FaultCatalogue.Describe("network-delay", JsonNode.Parse("""{"delay": "2s"}""")!.AsObject().ToDictionary(), "", _problems, TargetKind.Host)!.Text("latency"));
    }

    [Fact]
    public void No_name_means_two_things_for_one_kind_of_target() => Assert.All(
        FaultCatalogue.All.SelectMany(fault => fault.Targets.SelectMany(kind => fault.Aliases.Append(fault.Name).Select(name => (kind, name)))).GroupBy(pair => pair),
        same => Assert.Single(same));

    [Theory]
    [InlineData("pod-delete", "pod-kill")]
    [InlineData("pod-cpu-hog", "cpu-burn")]
    [InlineData("pod-memory-hog", "memory-fill")]
    [InlineData("network-latency", "network-delay")]
    [InlineData("pod-network-latency", "network-delay")]
    [InlineData("pod-network-loss", "network-loss")]
    [InlineData("pod-network-corruption", "network-corrupt")]
    [InlineData("pod-network-duplication", "network-duplicate")]
    [InlineData("node-cpu-hog", "node-cpu-burn")]
    [InlineData("node-memory-hog", "node-memory-fill")]
    [InlineData("pod-http-latency", "http-delay")]
    [InlineData("pod containerimage", "container-image")]
    [InlineData("deployment replicas", "deployment-scale")]
    [InlineData("node taint", "node-taint")]
    [InlineData("service-unavailable", "service-disconnect")]
    [InlineData("cpu burn", "cpu-burn")]
    [InlineData("network delay", "network-delay")]
    [InlineData("Mem_Fill", "memory-fill")]
    public void Names_of_other_tools_mean_the_same_fault(string alias, string name) => Assert.Equal(name, FaultCatalogue.Find(alias)?.Name);

    [Fact]
    public void The_word_of_the_user_is_kept_beside_the_canonical_name()
    {
        var fault = Describe("pod-network-latency", """{"latency": "200ms"}""");
        Assert.Equal(("network-delay", "pod-network-latency", "200ms"), (fault!.Name, fault.AskedAs, fault.Text("delay")));
    }

    [Fact]
    public void Defaults_are_filled_in_and_values_are_canonical()
    {
        var fault = Describe("network-bandwidth", """{"rate": "1 Mbit/s", "direction": "IN"}""")!;
        Assert.Equal(("1000000", "in", ""), (fault.Text("rate"), fault.Text("direction"), fault.Text("peers")));
        Assert.Equal(0.3, Describe("network-loss", """{"loss": "30%"}""")!.Ratio("loss").Value);
        Assert.Equal("134217728", Describe("memory-fill", """{"bytes": "128Mi"}""")!.Text("bytes"));
        Assert.Equal("app=db,tier=data", Describe("network-partition", """{"peers": {"app": "db", "tier": "data"}}""")!.Text("peers"));
    }

    [Theory]
    [InlineData("network-delai", "{}", "CRT2101")]
    [InlineData("pod-http-modify-body", "{}", "CRT2102")]
    [InlineData("jvm-delay", "{}", "CRT2102")]
    [InlineData("volume-detach", "{}", "CRT2102")]
    [InlineData("pod-kill", """{"grace": "1s", "force": true}""", "CRT2103")]
    [InlineData("network-delay", "{}", "CRT2104")]
    [InlineData("network-delay", """{"delay": "soon"}""", "CRT2105")]
    [InlineData("network-delay", """{"latency": 200}""", "CRT2105")]
    [InlineData("network-delay", """{"delay": "1s", "direction": "up"}""", "CRT2105")]
    [InlineData("network-delay", """{"delay": "61s"}""", "CRT2106")]
    [InlineData("network-loss", """{"loss": 0}""", "CRT2106")]
    [InlineData("cpu-burn", """{"percent": 101}""", "CRT2106")]
    [InlineData("http-status", """{"status": 200}""", "CRT2106")]
    [InlineData("deployment-scale", """{"replicas": 1.5}""", "CRT2105")]
    [InlineData("memory-fill", """{"percent": 50, "bytes": "1Gi"}""", "CRT2107")]
    [InlineData("memory-fill", "{}", "CRT2107")]
    [InlineData("network-delay", """{"delay": "1s", "latency": "2s"}""", "CRT2108")]
    public void What_is_wrong_with_a_fault_has_its_own_code(string name, string arguments, string code)
    {
        Assert.Null(Describe(name, arguments));
        Assert.Equal(code, Assert.Single(_problems).Code);
    }

    [Fact]
    public void Every_problem_of_the_arguments_is_listed()
    {
        Describe("network-delay", """{"delay": "90s", "jiter": "1s", "direction": "up"}""");
        Assert.Equal(["CRT2106", "CRT2103", "CRT2105"], _problems.Select(problem => problem.Code));
        Assert.Contains("Did you mean jitter?", _problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_gets_the_nearest_ones_and_an_unavailable_one_what_there_is_instead()
    {
        Describe("network-dely");
        Describe("pod-http-modify-body");
        Assert.Contains("network-delay", _problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("http-body", _problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_name_that_is_refused_is_also_in_the_catalogue()
    {
        foreach (var unavailable in UnavailableFaults.All)
        {
            Assert.All(unavailable.Names, name => Assert.Null(FaultCatalogue.Find(name)));
            Assert.All(unavailable.Instead, name => Assert.NotNull(FaultCatalogue.Find(name)));
        }
    }

    [Fact]
    public void Every_default_and_limit_of_the_catalogue_is_a_value_of_its_own_parameter()
    {
        foreach (var parameter in FaultCatalogue.All.SelectMany(fault => fault.Parameters))
        {
            Assert.All(new[] { parameter.Default, parameter.Min.TrimStart('>'), parameter.Max }.Where(text => text.Length > 0), text =>
                Assert.Null(ParameterValue.Read(parameter, Crater.Documents.ScalarNode.OfText(text)).Error));
            Assert.True(parameter.Default.Length == 0 || ParameterValue.OutOfRange(parameter, parameter.Default) is null);
        }
    }

    [Fact]
    public void An_intensity_of_one_sets_a_parameter_that_the_fault_has() => Assert.All(
        FaultCatalogue.All.Where(fault => fault.Intensity is not null),
        fault => Assert.Contains(fault.Parameters, parameter => parameter.Name == fault.Intensity!.Parameter));

    [Fact]
    public void The_commands_by_hand_are_filled_and_an_empty_option_is_left_out()
    {
        var target = new Target { Kind = TargetKind.Pod, Namespace = "shop", Name = "carts-1" };
        Assert.Equal("kubectl delete pod carts-1 -n shop", HandCommands.Inject(Describe("pod-kill")!, target, TimeSpan.Zero));
        Assert.Equal("kubectl delete pod carts-1 -n shop --grace-period=90", HandCommands.Inject(Describe("pod-kill", """{"grace-period": "1m30s"}""")!, target, TimeSpan.Zero));
        Assert.Contains("netem delay 1500ms 0ms", HandCommands.Inject(Describe("network-delay", """{"delay": 1.5}""")!, target, TimeSpan.Zero), StringComparison.Ordinal);
    }
}
