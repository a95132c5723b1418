using Crater.Discovery;
using Crater.Risks;
using Crater.Tests.Advice;
using Xunit;

namespace Crater.Tests.Risks;

/// <summary>A setting's name is a question, and never an answer: its value is not looked at.</summary>
public sealed class SettingRuleTests
{
    [Fact]
    public void The_name_of_a_pool_asks_about_the_store_that_it_names()
    {
        var finding = Assert.Single(Examine(Having("orders", "ORDERS_DB_POOL")), finding => finding is { Rule: "WK-POOL", Component: "deployment/shop/orders" });

        Assert.Equal(Answer.Unknown, finding.Answer);
        Assert.Equal(["statefulset/shop/orders-db"], finding.Hits);
        Assert.Contains("ORDERS_DB_POOL", finding.Observed, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_declared_counts_and_its_setting_is_no_question_any_more()
    {
        var orders = Having("orders", "ORDERS_DB_POOL");

        var finding = Assert.Single(Examine(orders with { Policy = orders.Policy.Declaring("pool-size", "32") }), finding => finding is { Rule: "WK-POOL", Component: "deployment/shop/orders" });

        Assert.Equal(Answer.Satisfied, finding.Answer);
    }

    [Fact]
    public void The_name_of_a_cache_asks_about_the_store_without_a_volume_alone()
    {
        var cache = SketchedShop.Store("orders-db");
        var findings = Examine(Having("orders", "CACHE_MODE"), cache with { Policy = cache.Policy with { HasPersistentVolume = false } }, Having("carts", "CACHE_MODE"));

        Assert.Equal(["deployment/shop/orders"], findings.Where(finding => finding is { Rule: "WK-CACHE", Answer: Answer.Unknown }).Select(finding => finding.Component));
    }

    [Fact]
    public void Whether_work_may_be_done_twice_is_asked_of_who_has_a_setting_for_it() => Assert.Equal(
        [Answer.Unknown], Examine(Having("payment", "PAYMENT_IDEMPOTENT")).Where(finding => finding is { Rule: "WK-IDEMPOTENT", Component: "deployment/shop/payment" }).Select(finding => finding.Answer));

    [Fact]
    public void A_name_that_only_contains_the_word_asks_nothing() =>
        Assert.DoesNotContain(Examine(Having("orders", "CARPOOLING")), finding => finding.Rule == "WK-POOL");

    private static Component Having(string name, string setting)
    {
        var component = SketchedShop.Web(name);
        return component with { Containers = [component.Containers[0] with { EnvNames = [setting] }] };
    }

    private static IReadOnlyList<Finding> Examine(params Component[] changed) => RuleBook.Examine(SketchedShop.Topology(changed));
}
