using Crater.Advice;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Risks;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Advice.Recall;

/// <summary>The advisor on the sample shop, whose weaknesses are known. tests/Crater.Benchmarks prints the same as a table.</summary>
public sealed class ShopRecallTests
{
    /// <summary>As the lab shows it: its API, controllers and scheduler, without processes.</summary>
    private static Task<Topology> DiscoverAsync(string folder) =>
        QuietLab.DiscoverAsync(ShopManifests.Read(RepositoryRoot.Path, folder), TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_resilient_shop_has_no_finding_of_high_severity() => Assert.Empty(
        from finding in RuleBook.Examine(await DiscoverAsync("resilient"))
        where finding is { Answer: Answer.Violated, Severity: Severity.High }
        select $"{finding.Id}: {finding.Observed}");

    [Fact]
    public void Renaming_leaves_no_name_behind()
    {
        var manifests = ShopManifests.Read(RepositoryRoot.Path, "fragile");

        var renamed = ShopManifests.Renamed(manifests, ShopManifests.Aliases(manifests, seed: 1));

        Assert.DoesNotContain(ShopManifests.Names(manifests), name => renamed.Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Every_proposal_for_the_fragile_shop_is_read_without_a_problem() => Assert.All(
        Advisor.Propose(await DiscoverAsync("fragile"), RiskCatalogue.BuiltIn, new AdviceOptions { Count = 100 }).Proposals,
        proposal => Assert.Empty(ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).Problems));
}
