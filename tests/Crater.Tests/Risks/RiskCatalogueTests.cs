using Crater.Faults;
using Crater.Risks;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Risks;

public sealed class RiskCatalogueTests
{
    [Fact]
    public void The_built_in_catalogue_has_at_least_fifty_risks() => Assert.True(RiskCatalogue.BuiltIn.Risks.Count >= 50);

    [Fact]
    public void Every_risk_that_a_rule_suggests_exists_and_names_the_rule_as_evidence() => Assert.All(
        RuleBook.All.SelectMany(rule => rule.Suggests.Select(id => (Rule: rule.Id, Risk: id))),
        pair => Assert.Contains(pair.Rule, RiskCatalogue.BuiltIn.Find(pair.Risk)?.Evidence ?? []));

    [Fact]
    public void Every_rule_that_a_risk_names_suggests_the_risk() => Assert.All(
        RiskCatalogue.BuiltIn.Risks.SelectMany(risk => risk.Evidence.Select(id => (Rule: id, Risk: risk.Id))),
        pair => Assert.Contains(pair.Risk, RuleBook.Find(pair.Rule)!.Suggests));

    [Fact]
    public void Every_risk_guards_the_error_rate_and_the_latency() => Assert.All(
        RiskCatalogue.BuiltIn.Risks, risk => Assert.Superset(new HashSet<string> { "error_rate", "latency_p95" }, risk.Guards.Select(guard => guard.Metric).ToHashSet()));

    [Fact]
    public void Every_available_risk_ends_the_way_its_fault_does() => Assert.All(
        RiskCatalogue.BuiltIn.Risks.Where(risk => risk.IsAvailable), risk => Assert.Equal(risk.Fault.Definition!.Ending, risk.Ending));

    [Fact]
    public void Risks_of_faults_that_no_driver_can_do_are_kept_as_knowledge() =>
        Assert.Contains(RiskCatalogue.BuiltIn.Risks, risk => risk is { Id: "DNS-3", IsAvailable: false });

    [Fact]
    public void No_guard_trips_while_the_hypothesis_still_holds() => Assert.All(
        from risk in RiskCatalogue.BuiltIn.Risks
        from probe in risk.Probes
        from guard in risk.Guards
        where probe.Of == "application" && probe.Metric == guard.Metric && guard.Above is not null
        select (risk.Id, probe.Upper, guard.Above!.Value),
        limits => Assert.True(limits.Value >= limits.Upper, $"{limits}"));

    [Fact]
    public void The_page_about_rules_and_risks_is_what_the_code_says()
    {
        var (page, text) = (RepositoryRoot.File("docs", "risks.md"), RiskTables.Markdown(RiskCatalogue.BuiltIn));
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(page, text);
        }

        Assert.Equal(text, File.ReadAllText(page));
    }
}
