using Crater.Advice;
using Crater.Diagnostics;
using Crater.Models.Prompts;
using Crater.Models.Providers;
using Crater.Models.Structure;

namespace Crater.Models.Suggest;

/// <summary>
/// Lets a model choose among the candidates that code made, put them in order and say why. Targets, faults, ranges, guards, documents and every figure are the code's; whatever goes wrong, the
/// rules advise and say so.
/// </summary>
public sealed class ModelAdvisor(HttpModel model, PromptBook prompts)
{
    /// <summary>A proposal is some 150 tokens.</summary>
    private const int TokensPerProposal = 250;

    private const int TokensMin = 1_000;

    /// <exception cref="CraterException">CRT7316: a prompt of the user's own cannot be used. What the model does wrong is no exception.</exception>
    public async Task<Advisory> ProposeAsync(Shortlist shortlist, int count, DigestOptions options, CancellationToken abort)
    {
        if (shortlist.Offers.Count == 0)
        {
            return shortlist.Rules with { Origin = AdviceOrigin.Rules with { Fallback = "there is nothing to choose from, so no model was asked" } };
        }

        var digest = Digest.Of(shortlist, options);
        var form = new AdviceForm(digest, count);
        Message[] messages =
        [
            new(Role.System, prompts.Render("suggest-system", new Dictionary<string, object>())),
            new(Role.User, prompts.Render("suggest", digest.Data(count))),
        ];
        try
        {
            var ladder = new AnswerLadder(model, model.Rungs);
            var answer = await ladder.AskAsync(messages, AdviceForm.Name, form.Schema, Math.Max(TokensMin, TokensPerProposal * count), form.Problems, abort);
            var choices = form.Read(answer.Value);
            return shortlist.Rules with
            {
                Proposals = Proposals(shortlist, choices, form.ReadFree(answer.Value), count),
                Summary = form.Summary(answer.Value),
                Origin = Origin() with { Source = Source, Rung = answer.Rung.Text(), Repairs = answer.Repairs },
                Considered = Considered(shortlist, choices),
            };
        }
        catch (CraterException error) when (error.Code != "CRT7316")
        {
            return shortlist.Rules with { Origin = Origin() with { Fallback = $"{error.Code}: {error.Message}" } };
        }
    }

    private string Source => $"model {model.Provider.Name} {Safety.PlainText.Prose(model.Provider.Model, 80)}";

    private AdviceOrigin Origin() => new()
    {
        Calls = model.Spending.Calls,
        InputTokens = model.Spending.Used.Input,
        OutputTokens = model.Spending.Used.Output,
        Money = model.Spending.Money,
    };

    /// <summary>What was chosen, one test for each weakness and target; where that is too little, what the rules would have chosen for weaknesses that are there.</summary>
    private IReadOnlyList<Proposal> Proposals(Shortlist shortlist, IReadOnlyList<Choice> choices, IReadOnlyList<FreeChoice> free, int count)
    {
        HashSet<string> marks = new(StringComparer.Ordinal);
        List<Proposal> proposals = [];
        foreach (var choice in choices.Where(choice => choice.Offer.Marks.All(mark => !marks.Contains(mark))))
        {
            marks.UnionWith(choice.Offer.Marks);
            proposals.Add(shortlist.Draft(choice.Offer.Id, choice.Parameters, new Wording(Source, choice.Rationale, choice.ExpectedImpact, choice.Confidence)));
        }

        var offers = shortlist.Offers.ToDictionary(offer => offer.Id, StringComparer.Ordinal);
        foreach (var more in shortlist.Rules.Proposals)
        {
            if (proposals.Count < count && offers[more.Id] is { Answer: Risks.Answer.Violated } offer && offer.Marks.All(mark => !marks.Contains(mark)))
            {
                marks.UnionWith(offer.Marks);
                proposals.Add(more);
            }
        }

        proposals.AddRange(free.Select(choice => shortlist.DraftFree(choice.Fault, choice.Component, new Wording(Source, choice.Rationale, choice.ExpectedImpact, choice.Confidence))));
        return Shortlist.WithSlugs(proposals);
    }

    private IReadOnlyList<Considered> Considered(Shortlist shortlist, IReadOnlyList<Choice> choices)
    {
        var chosen = choices.Select((choice, i) => (choice.Offer.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i + 1, StringComparer.Ordinal);
        return [.. shortlist.Rules.Considered.Select(one => chosen.TryGetValue(one.Candidate, out var place) ? one with { Outcome = $"{Source} put it in place {place}" } : one)];
    }
}
