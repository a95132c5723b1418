using Crater.Risks;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Advice.Recall;

/// <summary>What the benchmark of advice promises, on its smaller topologies: docs/benchmarks/advice.md has all of them.</summary>
public sealed class AdviceTargetTests
{
    private const int Seeds = 10;

    private static readonly PlantedTopology[] Small = [.. PlantedTopology.All.Where(one => one.Size <= 60)];

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shop_s_weaknesses_are_among_the_first_three_and_three_times_as_often_as_by_chance() =>
        await AssertTargetsAsync(await new ShopCases(RepositoryRoot.Path, Abort).SinglesAsync());

    [Fact]
    public async Task They_are_when_names_say_nothing() => await AssertTargetsAsync(await new ShopCases(RepositoryRoot.Path, Abort).RenamedAsync(seeds: 2));

    [Fact]
    public async Task They_are_beside_things_that_only_look_weak() => await AssertTargetsAsync(await new ShopCases(RepositoryRoot.Path, Abort).WithDecoysAsync());

    [Fact]
    public async Task So_are_those_planted_in_generated_topologies_of_many_shapes() => await AssertTargetsAsync(Singles());

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Each_kind_of_weakness_is_among_the_first_three_in_most_topologies(int kind, string title)
    {
        var cases = Small.Select(topology => topology.With(kind)).ToArray();

        var rules = await RecallSummary.OfAsync(Policy.Rules, cases, seeds: 1, Abort);

        Assert.True(rules.RecallAt3 >= 0.7, $"{title}: recall@3 is {rules.RecallAt3:0.00}");
    }

    [Fact]
    public async Task What_a_script_reads_out_of_the_prompt_arrives_as_valid_proposals()
    {
        var model = await RecallSummary.OfAsync(ScriptedReader.Policy, [.. Small.Take(3).SelectMany(topology => new[] { topology.With(0), topology.WithAll() })], seeds: 1, Abort);

        Assert.Equal(1, model.Validity);
        Assert.True(model.RecallAt3 > 0, "nothing that was planted was chosen");
    }

    [Fact]
    public async Task Of_eleven_planted_at_once_the_first_eleven_show_most()
    {
        var rules = await RecallSummary.OfAsync(Policy.Rules, [.. Small.Select(topology => topology.WithAll())], seeds: 1, Abort);

        Assert.True(rules.RecallAtPlanted >= 0.7, $"recall@11 is {rules.RecallAtPlanted:0.00}");
    }

    [Fact]
    public void Where_nothing_is_planted_nothing_grave_is_found() => Assert.Empty(
        from topology in PlantedTopology.All
        from finding in RuleBook.Examine(topology.Healthy())
        where finding is { Answer: Answer.Violated, Severity: Severity.High }
        select $"{topology.Name}: {finding.Id}: {finding.Observed}");

    [Fact]
    public async Task Chance_and_patience_choose_among_what_can_be_done()
    {
        var topology = (await new ShopCases(RepositoryRoot.Path, Abort).AllAsync()).Topology;
        foreach (var policy in new[] { Policy.Random, Policy.RandomCandidate, Policy.RoundRobin })
        {
            Assert.All((await policy.SuggestAsync(topology, 100, 1, Abort)).Suggestions, suggestion => Assert.True(RecallScore.IsValid(suggestion, topology), suggestion.ToString()));
        }
    }

    public static TheoryData<int, string> Kinds()
    {
        var kinds = new TheoryData<int, string>();
        for (var i = 0; i < Seedling.All.Count; i++)
        {
            kinds.Add(i, Seedling.All[i].Weakness.Title);
        }

        return kinds;
    }

    private static RecallCase[] Singles() => [.. Small.SelectMany(topology => Enumerable.Range(0, Seedling.All.Count).Select(topology.With))];

    private static async Task AssertTargetsAsync(IReadOnlyList<RecallCase> cases)
    {
        var rules = await RecallSummary.OfAsync(Policy.Rules, cases, seeds: 1, Abort);
        var random = await RecallSummary.OfAsync(Policy.Random, cases, Seeds, Abort);

        Assert.Equal(1, rules.Validity);
        Assert.True(rules.RecallAt3 >= 0.9, $"recall@3 is {rules.RecallAt3:0.000}");
        Assert.True(rules.RecallAt3 >= 3 * random.RecallAt3, $"recall@3 is {rules.RecallAt3:0.000}, by chance {random.RecallAt3:0.000}");
    }
}
