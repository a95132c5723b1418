using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class AdvisorFormTests
{
    private static readonly string Example = File.ReadAllText(Path.Combine(ReaderTesting.DataFolder, "redis_primary_pod_kill.json"));

    private static ExperimentReading Read(Action<JsonObject>? change = null)
    {
        var document = JsonNode.Parse(Example)!.AsObject();
        change?.Invoke(document);
        return ExperimentReader.Read(document.ToJsonString(), DocumentFormat.Json, ReaderTesting.Options);
    }

    [Fact]
    public void The_chaos_advisors_own_example_reads_verbatim()
    {
        var reading = ExperimentReader.Read(Example, DocumentFormat.Json, ReaderTesting.Options);
        var experiment = reading.OrThrow();
        var provider = Assert.IsType<FaultProvider>(Assert.Single(experiment.Method).Provider);
        Assert.Equal(("Redis Primary Pod Kill", "litmus", "pod-kill"), (experiment.Title, experiment.Driver, provider.Fault.Name));
        Assert.Equal(new TargetSelector { Namespace = "sock-shop", Labels = "app=redis" }, provider.Target);
        Assert.Equal(TimeSpan.FromSeconds(60), provider.Duration);
        Assert.Equal(new GuardCondition { Metric = "error_rate", Above = 0.05 }, Assert.Single(experiment.Guards));
        Assert.Equal(["risk:medium"], experiment.Tags);
        Assert.StartsWith("Redis failover should complete", experiment.Hypothesis!.Title, StringComparison.Ordinal);
        Assert.Equal(Example, experiment.Source);
        Assert.Equal(["CRT2095", "CRT2092"], reading.Problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("network-delay", 0.5, "delay", "100ms")]
    [InlineData("network-loss", 0.4, "loss", "0.2")]
    [InlineData("pod-cpu-hog", 0.8, "percent", "80")]
    [InlineData("pod-memory-hog", 0.5, "percent", "45")]
    [InlineData("http-delay", 1.0, "delay", "1s")]
    [InlineData("http-status", 0.3, "share", "0.3")]
    public void An_intensity_sets_the_parameter_that_the_catalogue_says(string action, double intensity, string parameter, string value)
    {
        var experiment = Read(document =>
        {
            document["action"] = action;
            document["parameters"]!["intensity"] = intensity;
        }).OrThrow();
        Assert.Equal(value, ((FaultProvider)experiment.Method[0].Provider).Fault.Text(parameter));
    }

    [Fact]
    public void A_parameter_of_the_fault_itself_counts_more_than_the_intensity()
    {
        var reading = Read(document =>
        {
            document["action"] = "network-delay";
            document["parameters"]!["latency"] = "300ms";
        });
        Assert.Equal("300ms", ((FaultProvider)reading.OrThrow().Method[0].Provider).Fault.Text("delay"));
        Assert.Contains("CRT2092", reading.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void The_number_of_replicas_to_kill_is_the_count_and_the_largest_blast_radius()
    {
        var experiment = Read(document => document["parameters"]!["replicas_to_kill"] = 3).OrThrow();
        Assert.Equal((3, 3), (((FaultProvider)experiment.Method[0].Provider).Target.Count, experiment.BlastRadius.TargetsMax));
    }

    [Theory]
    [InlineData("<", 0.5)]
    [InlineData("<=", 0.5)]
    public void A_threshold_from_below_becomes_a_guard_from_below(string comparison, double value)
    {
        var guard = Read(document => document["abort_threshold"] = new JsonObject { ["metric"] = "throughput", ["value"] = value, ["operator"] = comparison }).OrThrow().Guards[0];
        Assert.Null(guard.Above);
        Assert.Equal(comparison == "<=", value < guard.Below);
    }

    [Fact]
    public void A_threshold_with_or_equal_trips_on_the_value_itself()
    {
        var guard = Read(document => document["abort_threshold"]!["operator"] = ">=").OrThrow().Guards[0];
        Assert.True(0.05 > guard.Above);
    }

    [Theory]
    [InlineData("action", "pod-http-modify-body", "CRT2102")]
    [InlineData("action", "network-reorder", "CRT2072")]
    [InlineData("action", "pod-hug", "CRT2101")]
    [InlineData("env", "aws", "CRT2090")]
    [InlineData("chaos_engine", "gremlin", "CRT2093")]
    [InlineData("risk_level", "none", "CRT2097")]
    [InlineData("target_selector", null, "CRT2070")]
    public void What_the_form_cannot_mean_gets_its_code(string key, string? value, string code) =>
        Assert.Contains(code, Read(document => document[key] = value).Errors.Select(problem => problem.Code));

    [Theory]
    [InlineData("intensity", "2", "CRT2091")]
    [InlineData("duration", "\"0s\"", "CRT2073")]
    [InlineData("replicas_to_kill", "0", "CRT2071")]
    [InlineData("force", "true", "CRT2103")]
    public void Parameters_out_of_range_get_their_code(string key, string json, string code) =>
        Assert.Contains(code, Read(document => document["parameters"]![key] = JsonNode.Parse(json)).Errors.Select(problem => problem.Code));

    [Fact]
    public void An_operator_that_is_none_gets_its_code() =>
        Assert.Contains("CRT2094", Read(document => document["abort_threshold"]!["operator"] = "==").Errors.Select(problem => problem.Code));

    [Fact]
    public void An_engine_that_is_asked_for_is_never_swapped_in_silence() => Assert.Equal("litmus", Read().OrThrow().Driver);
}
