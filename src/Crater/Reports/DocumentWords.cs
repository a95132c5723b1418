using Crater.Documents;

namespace Crater.Reports;

/// <summary>
/// What a report quotes from the experiment document. Read from its tree alone: a report must not depend on the environment that the
/// document's variables came from.
/// </summary>
/// <param name="Description">As written; empty when there is none.</param>
/// <param name="Hypothesis">The title of the steady-state hypothesis, or the Chaos Advisor's expected impact; empty when there is neither.</param>
/// <param name="Risk">Id of the risk in the catalogue; empty when it names none.</param>
public sealed record DocumentWords(string Description, string Hypothesis, string Risk)
{
    /// <returns>Null when the text is no document.</returns>
    public static DocumentWords? Read(string text, bool isJson)
    {
        var document = DocumentReader.Read(text, isJson ? DocumentFormat.Json : DocumentFormat.Yaml);
        return document.Root is not MapNode root ? null : new DocumentWords(
            root.Text("description") ?? "",
            (root["steady-state-hypothesis"] as MapNode)?.Text("title") ?? root.Text("expected_impact") ?? "",
            root.Text("risk") ?? "");
    }
}
