using Crater.Discovery;
using Crater.Risks;
using Crater.Tests.Advice;
using Xunit;

namespace Crater.Tests.Risks;

public sealed class RuleBookTests
{
    [Fact]
    public void There_are_at_least_twenty_five_rules_with_ids_of_their_own()
    {
        Assert.True(RuleBook.All.Count >= 25);
        Assert.Equal(RuleBook.All.Count, RuleBook.All.Select(rule => rule.Id).Distinct().Count());
    }

    [Fact]
    public void A_rule_that_cannot_see_answers_unknown_and_says_why()
    {
        var blind = SketchedShop.Topology() with { DisruptionBudgets = [], Unknown = [new Blindness("poddisruptionbudgets", "", "forbidden")] };

        var findings = RuleBook.Examine(blind).Where(f => f.Rule == "WK-PDB").ToArray();

        Assert.NotEmpty(findings);
        Assert.All(findings, f => Assert.Equal((Answer.Unknown, true, "poddisruptionbudgets could not be read: forbidden"), (f.Answer, f.Blind, f.Observed)));
    }

    [Fact]
    public void Blindness_in_one_namespace_leaves_the_others_answered()
    {
        var blind = SketchedShop.Topology() with { Unknown = [new Blindness("poddisruptionbudgets", "other", "forbidden")] };

        Assert.All(RuleBook.Examine(blind).Where(f => f.Rule == "WK-PDB"), f => Assert.Equal(Answer.Satisfied, f.Answer));
    }
}
