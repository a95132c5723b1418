using Crater.Diagnostics;
using Crater.Models.Prompts;
using Crater.Models.Providers;
using Crater.Models.Safety;
using Crater.Models.Structure;
using Crater.Reports.Causes;

namespace Crater.Models.Narrate;

/// <summary>
/// Lets a model say why a run went as it did. It gets facts with ids and answers with sentences that cite them; figures and names are put in by code. Where there is nothing to explain it is not
/// asked, and whatever goes wrong, the rules' own words stand.
/// </summary>
public sealed class Narrator(HttpModel model, PromptBook prompts)
{
    /// <value>Unit: tokens; eight statements are some eight hundred.</value>
    private const int OutputTokensMax = 3_000;

    /// <param name="anonymise">No name of a component is told.</param>
    /// <exception cref="CraterException">CRT7316: a prompt of the user's own cannot be used. What the model does wrong is no exception.</exception>
    public async Task<Narration> TellAsync(CaseFile file, bool anonymise, CancellationToken abort)
    {
        if (!file.HasSomethingToExplain)
        {
            return Done(null, "", "CRT7361: the run lost nothing that was measured, or too little was measured, so there is nothing to explain and no model was asked.");
        }

        try
        {
            var readings = await new Quarantine(model, prompts).ReadAsync(file, abort);
            var evidence = new EvidenceList(file, anonymise, readings);
            var form = new NarrativeForm(file, evidence, Source, prompts.HashOf("narrate"));
            Message[] messages =
            [
                new(Role.System, prompts.Render("narrate-system", new Dictionary<string, object>())),
                new(Role.User, prompts.Render("narrate", evidence.Data)),
            ];
            var answer = await new AnswerLadder(model, model.Rungs).AskAsync(messages, NarrativeForm.Name, form.Schema, OutputTokensMax, form.Problems, abort);
            return Done(form.Read(answer.Value), answer.Rung.Text(), "");
        }
        catch (CraterException error) when (error.Code != "CRT7316")
        {
            return Done(null, "", $"{error.Code}: {error.Message}");
        }
    }

    private string Source => PlainText.Prose($"{model.Provider.Name} {model.Provider.Model}", 80);

    private Narration Done(Narrative? narrative, string rung, string fallback) => new(narrative, rung, fallback, model.Spending.Calls, model.Spending.Used);
}

/// <summary>What came of asking a model.</summary>
/// <param name="Narrative">Null when the rules' words stand.</param>
/// <param name="Rung">How its answer was got; empty when there is none.</param>
/// <param name="Fallback">Why the rules' words stand, with a code; empty when they do not.</param>
public sealed record Narration(Narrative? Narrative, string Rung, string Fallback, int Calls, Usage Used);
