namespace Crater.Reports.Causes;

/// <summary>The section of a report that says why: checked, its slots filled, ready to be laid out.</summary>
public sealed record RootCause
{
    public required Conclusion Conclusion { get; init; }

    /// <summary>What it comes to, in code's words.</summary>
    public required string Headline { get; init; }

    public required Confidence Confidence { get; init; }

    public required IReadOnlyList<ToldStatement> Statements { get; init; }

    /// <summary>Whose words these are, as a sentence.</summary>
    public required string Author { get; init; }

    /// <summary>The words are a model's.</summary>
    public required bool IsByModel { get; init; }

    /// <summary>Why statements were struck out, one sentence each.</summary>
    public IReadOnlyList<string> Struck { get; init; } = [];

    public IEnumerable<ToldStatement> Of(Part part) => Statements.Where(statement => statement.Part == part);

    /// <summary>Checks a narrative and fills its slots.</summary>
    internal static RootCause Tell(Narrative narrative, CaseFile file, FigureBook figures)
    {
        List<ToldStatement> told = [];
        List<string> struck = [];
        foreach (var statement in narrative.Statements.Take(NarrativeCheck.StatementsMax))
        {
            if (NarrativeCheck.Problem(statement, narrative, file.Facts) is { } problem)
            {
                struck.Add($"A statement was struck out: {problem}.");
                continue;
            }

            foreach (var figure in NarrativeCheck.Slots(statement.Text, file.Facts).Select(fact => fact.Figure).OfType<Figure>())
            {
                figures.Take(figure);
            }

            told.Add(new ToldStatement(statement.Part, NarrativeCheck.Fill(statement.Text, file.Facts), [.. statement.Cites.Select(id => file.Facts.Find(id)!.Label).Distinct()]));
        }

        var isByModel = narrative.Model.Length > 0;
        return new RootCause
        {
            Conclusion = narrative.Conclusion,
            Headline = HeadlineOf(narrative, file),
            Confidence = narrative.Confidence < file.ConfidenceMax(narrative.Weakness) ? narrative.Confidence : file.ConfidenceMax(narrative.Weakness),
            Statements = told,
            IsByModel = isByModel,
            Author = isByModel
                ? $"The sentences of this section are the words of the model {narrative.Model}; figures, names and citations in them were put in by Crater, and everything else in this report is Crater's own."
                : "Written by rules from the run folder and the risk catalogue; no model had a part in it.",
            Struck = struck,
        };
    }

    private static string HeadlineOf(Narrative narrative, CaseFile file) => narrative.Conclusion switch
    {
        Conclusion.NothingTested => "No fault was put in place, so nothing was tested.",
        Conclusion.NoHarm => "Nothing was lost, so there is no cause to look for.",
        Conclusion.NotEnoughEvidence => "Not enough evidence for a cause.",
        Conclusion.Unexplained => "Something was lost, and no weakness that is known explains it.",
        _ => file.HeadlineOf(narrative.Weakness),
    };
}

/// <param name="Citations">As they are printed: <c>event 14</c>, <c>WK-TIMEOUT of orders</c>.</param>
public sealed record ToldStatement(Part Part, string Text, IReadOnlyList<string> Citations);
