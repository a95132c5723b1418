using Crater.Advice;
using Crater.Documents;
using Crater.Experiments;
using Crater.Risks;
using Xunit;

namespace Crater.Tests.Advice;

/// <summary>What is proposed can be run: the reader of experiments finds nothing wrong with it, not even a warning.</summary>
public sealed class DocumentRoundTripTests
{
    private static IReadOnlyList<Proposal> Proposals(string entryUrl = "") => Advisor.Propose(
        SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1), SketchedShop.Web("payment", replicas: 1)),
        RiskCatalogue.BuiltIn,
        new AdviceOptions { Count = 100, EntryUrl = entryUrl }).Proposals;

    [Theory]
    [InlineData("")]
    [InlineData("http://127.0.0.1:8080/")]
    public void Every_document_is_read_without_a_problem(string entryUrl) => Assert.All(Proposals(entryUrl), proposal =>
    {
        var reading = ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions());

        Assert.Empty(reading.Problems);
        var provider = Assert.IsType<FaultProvider>(Assert.Single(reading.OrThrow().Method).Provider);
        Assert.Equal(proposal.Fault.Arguments, provider.Fault.Arguments);
        Assert.Equal((proposal.Target, proposal.Duration), (provider.Target, provider.Duration));
    });

    [Fact]
    public void Every_document_in_the_short_form_is_read_without_a_problem() => Assert.All(Proposals(), proposal =>
    {
        var reading = ExperimentReader.Read(ProposalWriter.Text(proposal, ProposalFormat.Advisor), DocumentFormat.Json, new ReadOptions());

        Assert.Empty(reading.Problems);
        var provider = Assert.IsType<FaultProvider>(Assert.Single(reading.OrThrow().Method).Provider);
        Assert.Equal((proposal.Fault.Name, proposal.Target, proposal.Duration), (provider.Fault.Name, provider.Target, provider.Duration));
    });

    [Fact]
    public void The_entry_url_becomes_a_probe_that_the_environment_can_redirect()
    {
        var reading = ExperimentReader.Read(Proposals("http://shop/")[0].Document, DocumentFormat.Yaml, new ReadOptions
        {
            Environment = new Dictionary<string, string> { ["CRATER_ENTRY_URL"] = "http://other/" },
        });

        Assert.Equal("${entry_url}", reading.OrThrow().Hypothesis!.Probes.Select(probe => probe.Provider).OfType<HttpProvider>().Single().Url);
        Assert.Equal("http://other/", reading.OrThrow().Configuration["entry_url"]!.GetValue<string>());
    }

    [Fact]
    public void A_name_that_means_something_in_yaml_stays_a_name()
    {
        var strange = SketchedShop.Store("true", replicas: 1) with { Selector = "app=true" };

        var proposal = Advisor.Propose(SketchedShop.Topology(strange), RiskCatalogue.BuiltIn, new AdviceOptions { Count = 1 }).Proposals[0];

        Assert.Equal("app=true", ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow().Method
            .Select(activity => activity.Provider).OfType<FaultProvider>().Single().Target.Labels);
    }

    [Theory]
    [InlineData(true, "deployment/shop/orders")]
    [InlineData(false, "")]
    public void Latency_is_measured_at_the_caller_that_is_tested_where_that_can_be_and_else_at_the_way_in(bool canBe, string component)
    {
        var orders = SketchedShop.Web("orders");
        orders = orders with { Policy = orders.Policy.Declaring("client-timeout.payment", "none") };

        var proposal = Advisor.Propose(SketchedShop.Topology(orders), RiskCatalogue.BuiltIn, new AdviceOptions { Count = 1, ComponentMetrics = canBe }).Proposals[0];

        var probes = ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow().Hypothesis!.Probes;
        Assert.Equal([("latency_p95", component)], probes.Select(probe => Assert.IsType<MetricProvider>(probe.Provider)).Select(metric => (metric.Metric, metric.Component)));
    }

    [Fact]
    public void The_bound_on_memory_is_for_all_pods_together()
    {
        var hungry = SketchedShop.Web("payment");
        hungry = hungry with { Containers = [hungry.Containers[0] with { MemoryLimit = null, MemoryRequest = 100 * 1024 * 1024 }] };

        var proposal = Advisor.Propose(SketchedShop.Topology(hungry), RiskCatalogue.BuiltIn, new AdviceOptions { Count = 1 }).Proposals[0];

        var tolerance = ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow().Hypothesis!.Probes[0].Tolerance;
        Assert.Equal(2 * 2 * 100 * 1024 * 1024, Assert.IsType<RangeTolerance>(tolerance).Upper);
    }
}
