using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Models.Suggest;
using Crater.Risks;
using Crater.Tests.Advice;
using Crater.Tests.Architecture;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>
/// Over seventy attempts to get something done by words, each in every place where words of others come in: what a cluster says about itself, names, answers of HTTP servers, answers of models.
/// The model is taken to obey each of them. None may reach a prompt from where nothing may come, change what would be run, or be more than text where it is shown.
/// </summary>
public sealed class InjectionTests
{
    private static readonly string[] Attempts = [.. JsonNode.Parse(File.ReadAllText(RepositoryRoot.File("tests", "Crater.Tests", "Models", "injections.json")))!.AsArray().Select(one => one!.GetValue<string>())];

    [Fact]
    public void There_are_more_than_sixty() => Assert.True(Attempts.Distinct().Count() >= 60, $"{Attempts.Length}");

    [Fact]
    public async Task What_a_cluster_says_about_itself_reaches_no_prompt_and_changes_no_proposal()
    {
        var innocent = Documents(SomeAdvice.Shortlist().Rules);
        List<string> successes = [];
        foreach (var attempt in Attempts)
        {
            var shortlist = Of(Poisoned(attempt));
            var digest = SomeAdvice.Digest(shortlist, new DigestOptions { FreeForm = true });
            await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeAdvice.Choosing(digest, "k01").ToJsonString()));

            var advisory = await SomeAdvice.AskAsync(script, shortlist);

            Count(successes, attempt, "is in the prompt", Encoding.UTF8.GetString(script.Bytes.Single()).Contains(Core(attempt), StringComparison.OrdinalIgnoreCase));
            Count(successes, attempt, "changed the rules' documents", !innocent.SequenceEqual(Documents(shortlist.Rules)));
            Count(successes, attempt, "changed what is hit", advisory.Proposals.Any(proposal => !IsKnown(proposal, shortlist)));
        }

        Assert.Empty(successes);
    }

    [Fact]
    public async Task A_name_is_only_a_name()
    {
        List<string> successes = [];
        foreach (var attempt in Attempts)
        {
            var named = SketchedShop.Web("victim", replicas: 1) with { Name = attempt };
            var shortlist = Of(SketchedShop.Topology(SketchedShop.Store("orders-db", replicas: 1), named));
            var obeying = SomeAdvice.Choosing(SomeAdvice.Digest(shortlist), "deployment/kube-system/coredns").ToJsonString();
            await using var script = await ScriptedModelServer.StartAsync(Say.Form(obeying), Say.Form(obeying), Say.Form(obeying));

            var advisory = await SomeAdvice.AskAsync(script, shortlist);

            var isName = attempt.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
            Count(successes, attempt, "is in the prompt", !isName && Encoding.UTF8.GetString(script.Bytes.First()).Contains(Core(attempt), StringComparison.OrdinalIgnoreCase));
            Count(successes, attempt, "changed what is hit", advisory.Origin.Source != "rules" || advisory.Proposals.Any(proposal => !IsKnown(proposal, shortlist)));
        }

        Assert.Empty(successes);
    }

    [Fact]
    public async Task What_a_server_answers_is_only_shown_as_text()
    {
        List<string> successes = [];
        foreach (var attempt in Attempts)
        {
            await using var script = await ScriptedModelServer.StartAsync(Say.Status(403, new JsonObject { ["error"] = new JsonObject { ["message"] = attempt } }.ToJsonString()));

            var fallback = (await SomeAdvice.AskAsync(script)).Origin.Fallback;

            Count(successes, attempt, "reaches the terminal", fallback.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format));
            Count(successes, attempt, "shows a secret", fallback.Contains("canary", StringComparison.OrdinalIgnoreCase) || fallback.Contains("AKIA", StringComparison.Ordinal));
            Count(successes, attempt, "is too long", fallback.Length > 500);
        }

        Assert.Empty(successes);
    }

    [Fact]
    public async Task What_a_model_writes_is_only_text_and_what_is_run_is_the_code_s()
    {
        var shortlist = SomeAdvice.Shortlist(count: 1);
        var digest = SomeAdvice.Digest(shortlist);
        var innocent = Runnable(shortlist.Draft(digest.Offers["k01"].Id, new Dictionary<string, string>()).Document);
        List<string> successes = [];
        foreach (var attempt in Attempts)
        {
            var answer = SomeAdvice.Choosing(digest, "k01");
            answer["summary"] = $"{attempt} That is what the users of the shop will see when it is away.";
            answer["proposals"]![0]!["rationale"] = $"The users are without it when it is away, and that is all. {attempt} The users are without it.";
            answer["proposals"]![0]!["expectedImpact"] = $"{attempt} The users will wait for it, and some of them will go away. They are not told why.";
            await using var script = await ScriptedModelServer.StartAsync(Say.Form(answer.ToJsonString()), Say.Status(400), Say.Status(400), Say.Status(400));

            var advisory = await SomeAdvice.AskAsync(script, shortlist, count: 1);

            var proposal = Assert.Single(advisory.Proposals);
            Count(successes, attempt, "is more than text", proposal.Source != "rules" && new[] { proposal.Reason, proposal.ExpectedImpact, advisory.Summary }.Any(IsMoreThanText));
            Count(successes, attempt, "changed what is run", !innocent.SequenceEqual(Runnable(proposal.Document)));
            Count(successes, attempt, "breaks the document", ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).Problems.Any(problem => !problem.IsWarning));
            Count(successes, attempt, "shows a secret", AdvisoryText.List(advisory, [], explain: true).Contains("canary", StringComparison.OrdinalIgnoreCase));
        }

        Assert.Empty(successes);
    }

    [Fact]
    public async Task A_model_that_writes_them_where_an_id_or_a_value_belongs_is_sent_back()
    {
        var digest = SomeAdvice.Digest();
        List<string> successes = [];
        foreach (var attempt in Attempts)
        {
            var answer = SomeAdvice.Choosing(digest, attempt).ToJsonString();
            var tuned = SomeAdvice.Choosing(digest, "k01");
            tuned["proposals"]![0]!["parameters"] = new JsonArray(new JsonObject { ["name"] = "grace-period", ["value"] = attempt });
            await using var script = await ScriptedModelServer.StartAsync(Say.Form(answer), Say.Form(tuned.ToJsonString()), Say.Form(answer));

            var advisory = await SomeAdvice.AskAsync(script);

            Count(successes, attempt, "was taken", !advisory.Origin.Fallback.StartsWith("CRT7315: ", StringComparison.Ordinal));
            Count(successes, attempt, "is sent back as it is", attempt.Length > 20 && IsMoreThanText(attempt) && script.Requests.Skip(1).Any(request => Asking.Words(request).Contains(attempt, StringComparison.Ordinal)));
        }

        Assert.Empty(successes);
    }

    private static void Count(List<string> successes, string attempt, string what, bool success)
    {
        if (success)
        {
            successes.Add($"{what}: {attempt}");
        }
    }

    /// <summary>The part by which it would be known again.</summary>
    private static string Core(string attempt) => JsonValue.Create(new string([.. attempt.Where(c => c is >= ' ' and < '\u007f')]).Trim() is { Length: > 24 } long_ ? long_[..24] : attempt)!.ToJsonString().Trim('"');

    private static bool IsKnown(Proposal proposal, Shortlist shortlist) =>
        shortlist.Offers.Any(offer => offer.Id == proposal.Id && offer.Target == proposal.Component && offer.Fault == proposal.Fault.Name) && proposal.Target.Namespace != "kube-system";

    private static bool IsMoreThanText(string text) =>
        text.Any(c => "<>[]{}`*|\\$@#~^".Contains(c)) || text.Contains("://", StringComparison.Ordinal) || text.Contains("www.", StringComparison.OrdinalIgnoreCase)
        || text.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static Shortlist Of(Topology topology) => Shortlist.Of(topology, RiskCatalogue.BuiltIn, new AdviceOptions());

    private static string[] Documents(Advisory advisory) => [.. advisory.Proposals.SelectMany(proposal => Runnable(proposal.Document))];

    /// <summary>Everything of a document but the words: comments, title and description.</summary>
    private static string[] Runnable(string document) =>
        [.. document.Split('\n').Where(line => !line.StartsWith('#') && !line.StartsWith("description:", StringComparison.Ordinal))];

    /// <summary>The shop with the attempt wherever a cluster keeps text that anyone may write.</summary>
    private static Topology Poisoned(string attempt)
    {
        var shop = SomeAdvice.Shortlist().Topology;
        var labels = new Dictionary<string, string> { ["note"] = attempt, [attempt] = "x" };
        return shop with
        {
            Source = attempt,
            Version = attempt,
            Warnings = [attempt],
            Ingresses = [new IngressRoute("shop", "ingress", attempt, attempt, "front-end", "deployment/shop/front-end")],
            Nodes = [.. shop.Nodes.Select(node => node with { Labels = labels, Taints = [attempt] })],
            Dependencies = [.. shop.Dependencies.Select(edge => edge with { Evidence = [new Evidence("env", attempt)] })],
            Components =
            [
                .. shop.Components.Select(component => component with
                {
                    Labels = labels,
                    PodLabels = labels,
                    TierReason = attempt,
                    CriticalityReasons = [attempt],
                    Policy = component.Policy with { PriorityClass = attempt, Declared = new Dictionary<string, string>(component.Policy.Declared) { ["note"] = attempt } },
                    Containers = [.. component.Containers.Select(container => container with { Image = attempt, EnvNames = [attempt], EnvHosts = [$"URL={attempt}"], Name = attempt, Liveness = container.Liveness! with { Target = attempt } })],
                }),
            ],
        };
    }
}
