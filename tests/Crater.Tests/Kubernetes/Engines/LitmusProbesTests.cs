using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class LitmusProbesTests : LitmusBench
{
    private const string Front = """{"name":"front","type":"httpProbe","mode":"Continuous","httpProbe/inputs":{"url":"http://front.shop.svc/","method":{"get":{"criteria":"==","responseCode":"200"}}}}""";

    /// <summary>What is refused, and a word of why.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { """{"name":"a","type":"cmdProbe","mode":"SOT","cmdProbe/inputs":{"command":"true"}}""", "runs a program" },
        { """{"name":"a","type":"k8sProbe","mode":"SOT","k8sProbe/inputs":{"version":"v1","resource":"pods","operation":"delete"}}""", "changes the cluster" },
        { """{"name":"a","type":"httpProbe","mode":"SOT","httpProbe/inputs":{"url":"http://x/","method":{"post":{"body":"{}"}}}}""", "may change what it asks" },
        { """{"name":"a","type":"sloProbe","mode":"SOT","sloProbe/inputs":{}}""", "its type is 'sloProbe'" },
        { """{"name":"a","type":"promProbe","mode":"SOT"}""", "no promProbe/inputs" },
        { """{"name":"a","type":"promProbe","mode":"Always","promProbe/inputs":{}}""", "its mode is 'Always'" },
        { """{"type":"promProbe","mode":"SOT","promProbe/inputs":{}}""", "needs a name" },
        { """{"name":"a","type":"promProbe","mode":"SOT","promProbe/inputs":{},"data":"x"}""", "it has 'data'" },
        { """{"name":"a","type":"promProbe","mode":"SOT","promProbe/inputs":{"endpoint":"http://${token}@prometheus/"}}""", "A secret would stand readable" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    internal void What_acts_runs_a_program_or_would_be_left_out_in_silence_is_refused_by_name(string probe, string why)
    {
        var problem = Driver.Check(Ask("pod-kill").Fault with { Probes = $"[{probe}]" })[0];
        Assert.Equal(("CRT8208", "probes[0]"), (problem.Code, problem.Path));
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_probes_of_one_name_are_refused() => Assert.Equal("probes[1]", Assert.Single(Driver.Check(Ask("pod-kill").Fault with { Probes = $"[{Front},{Front}]" })).Path);

    [Fact]
    public async Task Probes_stand_in_the_engine_and_what_they_said_stands_in_the_evidence()
    {
        var asked = Ask("pod-kill") with { Duration = TimeSpan.FromSeconds(1) };
        var injection = asked with { Fault = asked.Fault with { Probes = $"[{Front}]" } };
        var preparation = await InjectAsync(injection);
        var told = Assert.Single(Engine().Objects("spec", "experiments").Single().Objects("spec", "probe"));
        Assert.Equal(("front", "httpProbe", "5s"), (told.Text("name"), told.Text("type"), told.Text("runProperties", "probeTimeout")));
        await Until.HoldsAsync(() => Task.FromResult(Engine().Text("status", "engineStatus") == "completed"), () => "Litmus completes it");
        var found = await Driver.InspectAsync(injection, preparation, Stop);
        Assert.Contains("probes: front Passed", found.Evidence, StringComparison.Ordinal);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task Probes_are_refused_before_anything_is_made_also_when_no_plan_looked()
    {
        var asked = Ask("pod-kill");
        var error = await Assert.ThrowsAsync<Crater.Diagnostics.CraterException>(() =>
            Driver.PrepareAsync(asked with { Fault = asked.Fault with { Probes = """[{"name":"a","type":"cmdProbe","mode":"SOT"}]""" } }, Stop));
        Assert.Equal("CRT8208", error.Code);
        Assert.Empty(Engines());
    }

    [Fact]
    public void A_document_brings_them_with_configuration_put_in_and_no_secret()
    {
        var read = ExperimentReader.Read("""
            title: t
            description: d
            driver: litmus
            configuration: {front: "http://front.shop.svc/"}
            method:
              - name: kill
                type: action
                provider:
                  type: fault
                  fault: pod-kill
                  target: {namespace: shop, labels: "app=carts"}
                  probes: [{name: front, type: httpProbe, mode: Edge, "httpProbe/inputs": {url: "${front}", method: {get: {criteria: "==", responseCode: "200"}}}}]
            """, DocumentFormat.Yaml).OrThrow();
        var fault = Assert.IsType<FaultProvider>(read.Method[0].Provider).Fault;
        Assert.Contains("http://front.shop.svc/", fault.Probes, StringComparison.Ordinal);
        Assert.Empty(Driver.Check(fault));
    }

    [Fact]
    public void An_exported_engine_says_of_the_hypothesis_what_Litmus_can_ask_and_names_the_rest()
    {
        Activity Probe(string name, Provider provider, JsonNode? tolerance) => new() { Name = name, IsProbe = true, Provider = provider, Tolerance = new ScalarTolerance(tolerance) };
        HttpProvider Get(string url) => new(url, "GET", TimeSpan.FromSeconds(2));
        var experiment = new Experiment
        {
            Title = "t",
            Source = "",
            SourceFormat = "yaml",
            Configuration = new Dictionary<string, JsonNode?> { ["front"] = "http://front.shop.svc" },
            Hypothesis = new SteadyStateHypothesis("h",
            [
                Probe("answers", Get("${front}/health"), 200), Probe("here", Get("http://127.0.0.1:8080/"), 200), Probe("hidden", Get("http://${token}/"), 200),
                Probe("runs", new ProcessProvider("true", [], false, null), 0), Probe("says", Get("http://front.shop.svc/"), true),
            ]),
        };
        var (probes, left) = LitmusHypothesis.Say(experiment);
        var told = Assert.Single(probes)!.AsObject();
        Assert.Equal(("answers", "http://front.shop.svc/health", "200", "2s"),
            (told.Text("name"), told["httpProbe/inputs"].Text("url"), told["httpProbe/inputs"].Text("method", "get", "responseCode"), told.Text("runProperties", "probeTimeout")));
        Assert.Equal(["here (its address means another machine from inside the cluster)", "hidden (its address holds a secret or is not known before the run)",
            "runs (a program would run with the rights of Litmus' account)", "says (only one status can be said)"], left);
    }
}
