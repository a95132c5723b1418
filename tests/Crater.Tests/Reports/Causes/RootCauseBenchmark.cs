using Crater.Discovery;
using Crater.Reports.Causes;
using Crater.Tests.Advice;
using Xunit;

namespace Crater.Tests.Reports.Causes;

/// <summary>Goal: the reported cause is the planted one, or an honest "don't know". Method: runs with one planted weakness, decoys elsewhere, and runs in which there is nothing to find.</summary>
public sealed class RootCauseBenchmark
{
    private static Component Declaring(string name, string key, string value) => SketchedShop.Web(name) is var web ? web with { Policy = web.Policy.Declaring(key, value) } : null!;

    private static Component Without(string name, Func<Container, Container> change) => SketchedShop.Web(name) is var web ? web with { Containers = [change(web.Containers[0])] } : null!;

    /// <summary>A weakness of another component, which explains nothing here.</summary>
    private static Component[] Decoys => [SketchedShop.Store("carts-db", replicas: 1), Declaring("front-end", "retries", "unlimited")];

    private static readonly Dictionary<string, (SomeCase Case, string Component, string[] Rules)> Planted = new()
    {
        ["a store that runs once"] = (new SomeCase(), "orders-db", ["WK-STATEFUL-SINGLE"]),
        ["a service that runs once"] = (new SomeCase { Hit = "carts", Risk = "WEB-1", Changed = [SketchedShop.Web("carts", replicas: 1)], Feel = ["front-end"] }, "carts", ["WK-REPLICAS", "WK-SPOF"]),
        ["a call without a time limit"] = (new SomeCase { Fault = "network-delay", Hit = "payment", Risk = "NET-2", Changed = [Declaring("orders", "client-timeout", "none")] }, "orders", ["WK-TIMEOUT"]),
        ["retries without a bound"] = (new SomeCase { Fault = "http-status", Hit = "payment", Risk = "GW-3", Changed = [Declaring("orders", "retries", "unlimited")] }, "orders", ["WK-RETRY"]),
        ["a small pool"] = (new SomeCase { Fault = "network-delay", Risk = "DB-6", Changed = [Declaring("orders", "pool-size", "2")] }, "orders", ["WK-POOL"]),
        ["no readiness probe"] = (new SomeCase { Hit = "carts", Risk = "WEB-2", Changed = [Without("carts", one => one with { Readiness = null })], Feel = ["front-end"] }, "carts", ["WK-READY"]),
        ["no memory limit"] = (new SomeCase { Fault = "memory-fill", Hit = "carts", Risk = "WEB-4", Changed = [Without("carts", one => one with { MemoryLimit = null })], Feel = ["front-end"] }, "carts", ["WK-MEM"]),
    };

    public static TheoryData<string> Names => [.. Planted.Keys];

    private static Fact Cause(SomeCase run) => run.File is var file ? file.Facts.Find(file.ByRules.Weakness)! : null!;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_planted_weakness_is_found_among_decoys(string name)
    {
        var (run, component, rules) = Planted[name];
        run = run with { Changed = [.. run.Changed, .. Decoys.Where(decoy => run.Changed.All(changed => changed.Name != decoy.Name))] };
        Assert.Equal(Conclusion.Weakness, run.File.ByRules.Conclusion);
        Assert.Contains(Cause(run).Id.Split('.')[^1], rules);
        Assert.EndsWith("/" + component, Cause(run).Component, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_found_without_a_word_of_what_the_experiment_was_for_and_with_less_confidence(string name)
    {
        var (run, component, rules) = Planted[name];
        run = run with { Risk = "" };
        Assert.Contains(Cause(run).Id.Split('.')[^1], rules);
        Assert.EndsWith("/" + component, Cause(run).Component, StringComparison.Ordinal);
        Assert.True(run.File.ByRules.Confidence < Confidence.High);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_sentence_stands_up_to_the_check_and_our_own_doing_is_never_the_cause(string name)
    {
        var (run, _, _) = Planted[name];
        var (file, cause) = (run.File, run.Report().Cause);
        Assert.Empty(cause.Struck);
        Assert.All(file.ByRules.Statements.SelectMany(statement => statement.Cites), id => Assert.NotNull(file.Facts.Find(id)));
        Assert.All(cause.Statements, statement => Assert.DoesNotContain('{', statement.Text));
        Assert.False(Cause(run).IsOurs);
        Assert.All(file.ByRules.Statements.Where(statement => statement.Part == Part.Cause), statement => Assert.DoesNotContain(statement.Cites, id => file.Facts.Find(id)!.IsOurs));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Where_nothing_is_lost_there_is_no_cause(string name) =>
        Assert.Equal(Conclusion.NoHarm, (Planted[name].Case with { IsFelt = false }).File.ByRules.Conclusion);

    [Theory]
    [MemberData(nameof(Names))]
    public void Where_nothing_is_measured_there_is_not_enough_evidence(string name) =>
        Assert.Equal(Conclusion.NotEnoughEvidence, (Planted[name].Case with { IsWatched = false }).File.ByRules.Conclusion);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_unwell_before_has_another_cause(string name) =>
        Assert.Equal(Conclusion.NotEnoughEvidence, (Planted[name].Case with { IsUnwellBefore = true }).File.ByRules.Conclusion);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_that_no_weakness_explains_stays_unexplained(string name) =>
        Assert.Equal(Conclusion.Unexplained, (Planted[name].Case with { Changed = [], Risk = "" }).File.ByRules.Conclusion);

    [Fact]
    public void A_fault_that_was_never_in_place_tested_nothing() =>
        Assert.Equal(Conclusion.NothingTested, (new SomeCase { IsPut = false, IsFelt = false }).File.ByRules.Conclusion);

    [Fact]
    public void A_weakness_that_nobody_has_seen_is_told_with_low_confidence()
    {
        var undeclared = SketchedShop.Web("orders") is var web ? web with { Policy = web.Policy with { Declared = new Dictionary<string, string>() } } : null!;
        var file = new SomeCase { Fault = "network-delay", Hit = "payment", Risk = "NET-2", Changed = [undeclared] }.File;
        Assert.Equal(("WK-TIMEOUT", Confidence.Low), (file.ByRules.Weakness.Split('.')[^1], file.ByRules.Confidence));
    }
}
