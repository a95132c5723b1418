using Crater.Advice;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Prompts;
using Crater.Models.Suggest;
using Crater.Risks;
using Crater.Tests.Advice;
using Crater.Tests.Advice.Recall;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>What a model is told. Tokens are estimated, with one for every three bytes: common tokenizers need fewer for such text.</summary>
public sealed class DigestTests
{
    private static string Prompt(Digest digest, int count = 3) =>
        new PromptBook().Render("suggest-system", new Dictionary<string, object>()) + new PromptBook().Render("suggest", digest.Data(count));

    private static Shortlist Of(Topology topology) => Shortlist.Of(topology, RiskCatalogue.BuiltIn, new AdviceOptions());

    [Theory]
    [InlineData("resilient")]
    [InlineData("fragile")]
    public async Task The_shop_takes_fewer_than_3000_tokens(string folder)
    {
        var topology = await QuietLab.DiscoverAsync(ShopManifests.Read(RepositoryRoot.Path, folder), TestContext.Current.CancellationToken);
        var digest = Digest.Of(Of(topology), new DigestOptions { TokensMax = DigestOptions.TokensFor(topology.Components.Count) });

        var tokens = TokenEstimate.Of(Prompt(digest));

        TestContext.Current.TestOutputHelper!.WriteLine($"{folder}: {topology.Components.Count} components, {digest.CandidateLines.Count} of {digest.CandidatesTotal} candidates, {tokens} tokens");
        Assert.True(tokens < 3_000, $"{tokens} tokens");
        Assert.Equal(topology.Components.Count, digest.ComponentLines.Count);
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(500, 2)]
    public void Five_hundred_components_take_fewer_than_12000_tokens(int size, int seed)
    {
        var digest = Digest.Of(Of(GeneratedTopology.Of(size, seed)), new DigestOptions { FreeForm = true, TokensMax = DigestOptions.TokensFor(size) });

        var form = new AdviceForm(digest, 3);
        var tokens = TokenEstimate.Of(Prompt(digest));

        TestContext.Current.TestOutputHelper!.WriteLine($"{size}: {digest.ComponentLines.Count} components told, {digest.CandidateLines.Count} of {digest.CandidatesTotal} candidates, {tokens} tokens, schema {TokenEstimate.Of(form.Schema.ToJsonString())}");
        Assert.True(tokens < 12_000, $"{tokens} tokens");
        Assert.NotEmpty(digest.CandidateLines);
    }

    [Fact]
    public void What_a_candidate_is_about_is_always_told()
    {
        var digest = Digest.Of(Of(GeneratedTopology.Of(120, 1)), new DigestOptions { TokensMax = 4_000 });

        var told = digest.Components.Values.ToHashSet(StringComparer.Ordinal);

        Assert.All(digest.Offers.Values, offer => Assert.Contains(offer.Target, told));
    }

    [Fact]
    public void Anonymised_no_name_is_left()
    {
        var digest = SomeAdvice.Digest(options: new DigestOptions { Anonymise = true });

        var prompt = Prompt(digest);

        Assert.DoesNotContain(digest.Shortlist.Topology.Components, component => prompt.Contains($" {component.Name}", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("shop", prompt, StringComparison.Ordinal);
        var alias = digest.Components.First(pair => pair.Value == "statefulset/shop/orders-db").Key;
        Assert.Equal("Without orders-db nobody checks out.", digest.WithNames($"Without {alias} nobody checks out."));
    }

    [Fact]
    public void The_same_topology_is_told_in_the_same_words_whatever_its_order()
    {
        var topology = GeneratedTopology.Of(60, 5);
        var reversed = topology with { Components = [.. topology.Components.Reverse()], Dependencies = [.. topology.Dependencies.Reverse()] };

        Assert.Equal(Prompt(SomeAdvice.Digest(Of(topology))), Prompt(SomeAdvice.Digest(Of(reversed))));
    }

    [Fact]
    public void What_belongs_to_the_cluster_itself_is_not_told()
    {
        var system = SketchedShop.Web("coredns", replicas: 1) with { Namespace = "kube-system", IsEntryPoint = true, Criticality = 1 };
        var digest = SomeAdvice.Digest(Of(SketchedShop.Topology(system, SketchedShop.Store("orders-db", replicas: 1))), new DigestOptions { FreeForm = true });

        Assert.DoesNotContain("coredns", Prompt(digest), StringComparison.Ordinal);
        Assert.DoesNotContain(digest.Offers.Values, offer => offer.Target.Contains("kube-system", StringComparison.Ordinal));
        Assert.DoesNotContain(digest.Components.Values, component => component.Contains("kube-system", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("anonymised")]
    [InlineData("free-form")]
    public void The_prompt_is_as_it_was_agreed_on(string name)
    {
        var options = new DigestOptions { Anonymise = name == "anonymised", FreeForm = name == "free-form" };
        GoldenFile.Check($"suggest-{name}", Prompt(SomeAdvice.Digest(options: options)));
    }
}
