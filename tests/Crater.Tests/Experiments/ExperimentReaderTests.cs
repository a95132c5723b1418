using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ExperimentReaderTests
{
    private const string Carts = """
        title: The cart survives losing its database pod
        description: One pod of carts-db is killed.
        configuration:
          shop_url: http://127.0.0.1:8080
          grace: 0s
        steady-state-hypothesis:
          title: Shoppers can check out
          probes:
            - {name: checkout answers, type: probe, tolerance: 200, provider: {type: http, url: "${shop_url}/checkout", timeout: 2}}
        method:
          - type: action
            name: kill one carts-db pod
            provider:
              type: fault
              fault: pod-delete
              target: {namespace: sock-shop, labels: "app=carts-db", count: 1}
              arguments: {grace-period: "${grace}"}
              duration: 90s
            pauses: {before: 1.5}
        guards:
          - {metric: error_rate, above: 0.05, for: 5s}
          - {metric: latency_p95, above: 2s, for: 10s}
        blast-radius: {targets-max: 1, target-share-max: 0.34, duration-max: 5m}
        """;

    [Fact]
    public void The_document_of_the_format_page_reads_as_it_says()
    {
        var experiment = ReaderTesting.Read(Carts).OrThrow();
        var kill = Assert.Single(experiment.Method);
        var provider = Assert.IsType<FaultProvider>(kill.Provider);
        Assert.Equal(("pod-kill", "pod-delete", "0s"), (provider.Fault.Name, provider.Fault.AskedAs, provider.Fault.Text("grace-period")));
        Assert.Equal(new TargetSelector { Namespace = "sock-shop", Labels = "app=carts-db" }, provider.Target);
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(1.5)), (provider.Duration, kill.PauseBefore));
        Assert.Equal([(0.05, 5d), (2d, 10d)], experiment.Guards.Select(guard => (guard.Above!.Value, guard.For.TotalSeconds)));
        Assert.Equal(new BlastRadius { TargetShareMax = new Ratio(0.34) }, experiment.BlastRadius);
    }

    [Fact]
    public void The_same_document_in_json_is_the_same_experiment()
    {
        var json = DocumentReader.Read(Carts, DocumentFormat.Yaml).Root!.ToJson()!.ToJsonString();
        var (yaml, other) = (ReaderTesting.Read(Carts).OrThrow(), ExperimentReader.Read(json, DocumentFormat.Json, ReaderTesting.Options).OrThrow());
        Assert.Equal(((FaultProvider)yaml.Method[0].Provider).Fault.ToString(), ((FaultProvider)other.Method[0].Provider).Fault.ToString());
        Assert.Equal(yaml.Guards, other.Guards);
        Assert.Equal(json, other.Source);
    }

    [Fact]
    public void A_url_keeps_its_variables_until_it_is_called() =>
        Assert.Equal("${shop_url}/checkout", ((HttpProvider)ReaderTesting.Read(Carts).OrThrow().Hypothesis!.Probes[0].Provider).Url);

    [Fact]
    public void A_variable_in_the_arguments_of_a_fault_is_put_in_when_the_document_is_read()
    {
        var options = ReaderTesting.Options with { Variables = new Dictionary<string, JsonNode?> { ["grace"] = "30s" } };
        var provider = (FaultProvider)ReaderTesting.Read(Carts, options).OrThrow().Method[0].Provider;
        Assert.Equal("30s", provider.Fault.Text("grace-period"));
    }

    [Fact]
    public void Every_problem_is_listed_in_the_order_of_the_lines()
    {
        var reading = ReaderTesting.Read("""
            title: x
            descripton: y
            method:
              - {type: action, name: a, provider: {type: fault, fault: network-delay, target: {labels: a=b}, arguments: {delay: 99s}}}
              - {type: verb, name: b, provider: {type: proces, path: echo}}
            guards:
              - {metric: error_rat, above: 0.1}
            """);
        Assert.Null(reading.Experiment);
        Assert.Equal(["CRT2106", "CRT2031", "CRT2034", "CRT2081"], reading.Errors.Select(problem => problem.Code));
        Assert.Equal([4, 5, 5, 7], reading.Errors.Select(problem => problem.Line));
        Assert.Contains(reading.Problems, problem => problem is { Code: "CRT2007", Line: 2, IsWarning: true } && problem.Message.Contains("description", StringComparison.Ordinal));
    }

    [Fact]
    public void A_target_without_a_namespace_gets_the_one_of_the_command_line()
    {
        var reading = ReaderTesting.Read("{title: t, method: [{type: action, name: a, provider: {type: fault, fault: pod-kill, target: {labels: a=b}}}]}",
            ReaderTesting.Options with { DefaultNamespace = "shop" });
        Assert.Equal("shop", ((FaultProvider)reading.OrThrow().Method[0].Provider).Target.Namespace);
    }

    [Fact]
    public void Guards_are_read_in_every_short_form()
    {
        var expected = ReaderTesting.Read("{title: t, method: [], guards: [{metric: error_rate, above: 0.05, for: 5s}]}").OrThrow().Guards;
        Assert.Equal(expected, ReaderTesting.Read("{title: t, method: [], guards: ['error_rate > 5% for 5s']}").OrThrow().Guards);
        Assert.Equal(expected, ReaderTesting.Read("{title: t, method: [], guards: {error_rate: '> 0.05 for 5s'}}").OrThrow().Guards);
        Assert.Equal(expected, ReaderTesting.Read("{title: t, method: [], guards: {error_rate: {above: 5%, for: 5}}}").OrThrow().Guards);
        Assert.Equal(0.05, ReaderTesting.Read("{title: t, method: [], guards: {error_rate: 0.05}}").OrThrow().Guards[0].Above);
    }

    [Fact]
    public void Load_is_read_with_one_url_or_with_scenarios()
    {
        Assert.Equal("http://127.0.0.1/", ReaderTesting.Read("{title: t, method: [], load: {rate: 20, url: http://127.0.0.1/}}").OrThrow().Load!.Scenarios[0].Url);
        var load = ReaderTesting.Read("{title: t, method: [], load: {rate: 20, timeout: 1s, scenarios: [{name: a, weight: 3, method: post, url: http://127.0.0.1/a, body: {n: 1}}]}}").OrThrow().Load!;
        Assert.Equal(("POST", 3d, """{"n":1}"""), (load.Scenarios[0].Method, load.Scenarios[0].Weight, load.Scenarios[0].Body!.ToJsonString()));
    }

    [Fact]
    public void A_ref_means_the_last_activity_of_that_name_and_leaves_its_tolerance_behind()
    {
        var experiment = ReaderTesting.Read("""
            title: t
            steady-state-hypothesis: {title: h, probes: [{type: probe, name: p, tolerance: 0, provider: {type: process, path: "true"}}]}
            method: [{ref: p}]
            rollbacks: [{ref: p}]
            """).OrThrow();
        Assert.Equal("p", Assert.Single(experiment.Method).Name);
        Assert.Null(experiment.Method[0].Tolerance);
        Assert.NotNull(experiment.Hypothesis!.Probes[0].Tolerance);
        Assert.Single(experiment.Rollbacks);
    }

    [Fact]
    public void Arguments_of_a_process_are_a_vector_as_a_list_and_go_to_a_shell_as_a_text()
    {
        Assert.Equal(["1", "True", "x y"], Process("[1, true, null, '', x y]").Arguments);
        Assert.True(Process("'a | b'").ThroughShell);
        Assert.Equal(["--n", "1"], Process("{--n: 1}").Arguments);

        static ProcessProvider Process(string arguments) => (ProcessProvider)ReaderTesting.Read(
            $"{{title: t, method: [{{type: action, name: a, provider: {{type: process, path: echo, arguments: {arguments}}}}}]}}").OrThrow().Method[0].Provider;
    }

    [Fact]
    public void Reading_a_file_knows_its_format_by_its_extension()
    {
        var path = Path.Combine(ReaderTesting.DataFolder, "redis_primary_pod_kill.json");
        Assert.Equal("json", ExperimentReader.ReadFile(path, ReaderTesting.Options).OrThrow().SourceFormat);
    }
}
