using Crater.Diagnostics;
using Crater.Risks;
using Xunit;

namespace Crater.Tests.Risks;

/// <summary>A risk file with a mistake: the mistake is named with file, line and code, and the risk is left out.</summary>
public sealed class RiskReaderTests
{
    private const string Good = """
        kind: web
        risks:
          - id: X-1
            title: "{target} dies"
            failure-mode: It dies.
            when: {rules: [WK-REPLICAS]}
            fault:
              name: network-delay
              arguments: {delay: 2s}
              ranges: {delay: [1s, 5s]}
              duration: 20s
            hypothesis:
              title: Nobody notices
              probes:
                - {name: errors, metric: error_rate, to: 0.01}
            guards:
              - {metric: error_rate, above: 0.05, for: 5s}
            recovery-time: 10s
            ending: dies-with-holder
            test-risk: 2
            impact: Slow.
            prevention: [Be fast.]
            emergency: [Restart.]
            sources: [here]
        """;

    private static IReadOnlyList<Problem> Problems(string text)
    {
        _ = RiskCatalogue.Read([new RiskFile("risks/x.yaml", text)], out var problems);
        return problems;
    }

    [Fact]
    public void A_complete_risk_is_read()
    {
        var catalogue = RiskCatalogue.Read([new RiskFile("risks/x.yaml", Good)], out var problems);

        Assert.Empty(problems);
        Assert.Equal(("X-1", "web", "1s", 2), (catalogue.Risks[0].Id, catalogue.Risks[0].Kind, catalogue.Risks[0].Fault.Ranges["delay"].Min, catalogue.Risks[0].TestRisk));
    }

    [Theory]
    [InlineData("    impact: Slow.\n", "", "CRT9201")]
    [InlineData("    impact: Slow.\n", "    impact: Slow.\n    colour: red\n", "CRT9202")]
    [InlineData("test-risk: 2", "test-risk: 9", "CRT9203")]
    [InlineData("ending: dies-with-holder", "ending: never", "CRT9203")]
    [InlineData("recovery-time: 10s", "recovery-time: soon", "CRT9203")]
    [InlineData("name: network-delay", "name: network-dealy", "CRT9206")]
    [InlineData("name: network-delay", "name: pod-network-latency", "CRT9206")]
    [InlineData("rules: [WK-REPLICAS]", "rules: [WK-REPLICA]", "CRT9207")]
    [InlineData("delay: [1s, 5s]", "delay: [1s, 5h]", "CRT9208")]
    [InlineData("delay: [1s, 5s]", "dealy: [1s, 5s]", "CRT9208")]
    [InlineData("metric: error_rate, to: 0.01", "metric: errors, to: 0.01", "CRT9209")]
    [InlineData("delay: 2s}", "delay: 2h}", "CRT2106")]
    public void A_mistake_is_named_with_its_file_and_line(string right, string wrong, string code)
    {
        var problems = Problems(Good.Replace(right, wrong, StringComparison.Ordinal));

        Assert.Contains(problems, problem => problem.Code == code && problem.Path.StartsWith("risks/x.yaml", StringComparison.Ordinal) && problem.Line > 1);
    }

    [Fact]
    public void Two_risks_with_one_id_are_refused()
    {
        _ = RiskCatalogue.Read([new RiskFile("risks/a.yaml", Good), new RiskFile("risks/b.yaml", Good)], out var problems);

        Assert.Equal(("CRT9205", "risks/b.yaml: X-1"), (Assert.Single(problems).Code, problems[0].Path));
    }

    [Fact]
    public void Every_mistake_is_named_at_once() =>
        Assert.True(Problems(Good.Replace("test-risk: 2", "test-risk: 9", StringComparison.Ordinal).Replace("name: network-delay", "name: nothing", StringComparison.Ordinal)).Count >= 2);

    [Fact]
    public void A_catalogue_with_an_error_is_refused_as_a_whole() =>
        Assert.Throws<CraterException>(() => RiskCatalogue.Load([new RiskFile("risks/x.yaml", "kind: web\nrisks: nothing\n")]));

    [Fact]
    public void A_fault_that_this_release_knows_but_cannot_do_is_legal() =>
        Assert.Empty(Problems(Good.Replace("name: network-delay", "name: jvm-delay", StringComparison.Ordinal)));
}
