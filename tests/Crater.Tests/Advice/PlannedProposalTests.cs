using Crater.Advice;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Kubernetes;
using Crater.Kubernetes.Drivers;
using Crater.Lab;
using Crater.Risks;
using Crater.Runs;
using Crater.Tests.Advice.Recall;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Advice;

/// <summary>A proposal is complete: the planner finds its targets, its driver and its blast radius in order.</summary>
public sealed class PlannedProposalTests
{
    [Theory]
    [InlineData("fragile")]
    [InlineData("resilient")]
    public async Task Every_proposal_can_be_planned_as_it_was_saved(string folder)
    {
        var problems = await QuietLab.WithAsync(ShopManifests.Read(RepositoryRoot.Path, folder), ProblemsAsync, TestContext.Current.CancellationToken);

        Assert.Empty(problems);
    }

    private static async Task<List<string>> ProblemsAsync(KubernetesConnection connection, CancellationToken abort)
    {
        var topology = await QuietLab.DiscoverAsync(connection, abort);
        var proposals = Advisor.Propose(topology, RiskCatalogue.BuiltIn, new AdviceOptions { Count = 60 }).Proposals;
        Assert.NotEmpty(proposals);
        var planner = new Planner(
            new KubernetesTargets(connection.Client, "sock-shop"),
            new KubernetesClaims(connection.Client, ["sock-shop", "default"]),
            [new KubernetesDriver(connection.Client, TimeProvider.System), new LabDriver(connection.HttpClient)]);
        List<string> problems = [];
        foreach (var proposal in proposals)
        {
            var experiment = ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).OrThrow();
            var plan = await planner.PlanAsync(experiment, new RunId("chaos-00000001"), seed: 1, abort);
            problems.AddRange(plan.Problems.Where(problem => !problem.IsWarning).Select(problem => $"{proposal.Id}: {problem}"));
        }

        return problems;
    }
}
