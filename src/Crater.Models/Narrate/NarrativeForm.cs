using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Models.Protocols;
using Crater.Models.Safety;
using Crater.Models.Suggest;
using Crater.Reports.Causes;
using static Crater.Models.Structure.Schema;

namespace Crater.Models.Narrate;

/// <summary>The form in which a model explains a run, version 1, and what makes an explanation usable.</summary>
public sealed partial class NarrativeForm(CaseFile file, EvidenceList evidence, string model, string prompt)
{
    public const string Name = "narrative_v1";

    private const string None = "none";

    private static readonly (string Written, Conclusion Means)[] Conclusions =
        [("weakness", Conclusion.Weakness), ("not-enough-evidence", Conclusion.NotEnoughEvidence), ("unexplained", Conclusion.Unexplained)];

    public JsonObject Schema { get; } = Structure.Schema.Object(
        ("conclusion", Choice(Conclusions.Select(one => one.Written), "weakness if one of the list explains what was lost; not-enough-evidence or unexplained are good answers too.")),
        ("weakness", Choice([.. evidence.Weaknesses, None], "Its id; none unless the conclusion is weakness.")),
        ("confidence", Choice(["low", "medium", "high"], "How sure you are.")),
        ("statements", List(
            Structure.Schema.Object(
                ("part", Choice(Enum.GetNames<Part>().Select(part => part.ToLowerInvariant()), "observed: what happened, in its order along the dependencies; cause: why the weakness made it happen; confidence: what speaks for it and against it; prevention: what to change; settle: what would show whether it is right.")),
                ("text", Text("One sentence or two. Figures and names only as {id}.")),
                ("cites", List(Text("An id from the lists."), "What it rests on."))),
            "About eight, in the order in which they are to be read.")));

    /// <summary>What is wrong with an answer whose form is right; empty when it can be used, if need be with some statements struck out.</summary>
    public IReadOnlyList<string> Problems(JsonElement answer)
    {
        var narrative = Read(answer);
        var problems = narrative.Statements.Select((statement, i) => (i, Why: NarrativeCheck.Problem(statement, narrative, file.Facts))).Where(one => one.Why is not null)
            .Select(one => $"answer.statements[{one.i}]: {one.Why}").ToList();
        if (NarrativeCheck.Problem(narrative, file.ByRules, file.Facts) is { } whole)
        {
            return [whole, .. problems];
        }

        if (!English.Looks(string.Join(' ', narrative.Statements.Select(statement => statement.Text))))
        {
            return ["the texts must be written in English"];
        }

        // A few that are struck out leave an explanation; more leave a fragment.
        return narrative.Statements.Count == 0 ? ["there are no statements"] : problems.Count * 2 > narrative.Statements.Count ? problems : [];
    }

    /// <summary>The answer with its words made plain text.</summary>
    public Narrative Read(JsonElement answer) => new()
    {
        Conclusion = Conclusions.First(one => one.Written == answer.Text("conclusion")).Means,
        Weakness = answer.Text("weakness") is var weakness && weakness == None ? "" : weakness,
        Confidence = Enum.Parse<Confidence>(answer.Text("confidence"), ignoreCase: true),
        Statements =
        [
            .. answer.Items("statements").Take(NarrativeCheck.StatementsMax).Select(item => new Statement(
                Enum.Parse<Part>(item.Text("part"), ignoreCase: true), Words(item.Text("text")), [.. item.Items("cites").Select(id => PlainText.Line(id.GetString()!, 80)).Distinct().Take(12)])),
        ],
        Model = model,
        Prompt = prompt,
    };

    /// <summary>Plain text around the slots, which the cleaning would take for markup.</summary>
    private static string Words(string text)
    {
        text = SecretScan.Redact(text.Replace(Stand, "", StringComparison.OrdinalIgnoreCase)).Text;
        var slots = Slot().Matches(text).Select(slot => slot.Value).ToArray();
        var next = 0;
        var clean = PlainText.Prose(Slot().Replace(text, _ => $"{Stand}{next++}q"), NarrativeCheck.TextMax);
        return StandIn().Replace(clean, match => int.TryParse(match.Groups[1].Value, out var at) && at < slots.Length ? slots[at] : "");
    }

    /// <summary>Stands for a slot while the text is cleaned: letters, and no word of any language.</summary>
    private const string Stand = "qzslotqz";

    [GeneratedRegex(@"\{[a-z][A-Za-z0-9.-]{0,80}\}")]
    private static partial Regex Slot();

    [GeneratedRegex(@"qzslotqz(\d{1,4})q")]
    private static partial Regex StandIn();
}
