using System.Text;

namespace Crater.Risks;

/// <summary>The rules and the risk catalogue as Markdown: docs/risks.md is this text.</summary>
public static class RiskTables
{
    public static string Markdown(RiskCatalogue catalogue)
    {
        var text = new StringBuilder();
        text.Append("# Rules and risks\n\nMade from the code and from `risks/*.yaml`; a test compares it. A rule looks at the topology and answers *violated*, *satisfied* or *unknown*;\n");
        text.Append("what it finds suggests risks. A risk is a kind of component and a way in which it fails, with the experiment that tests it.\n\n");
        text.Append("## Rules\n\n| rule | version | weakness | severity | reads | suggests |\n|---|---|---|---|---|---|\n");
        foreach (var rule in RuleBook.All)
        {
            var suggests = rule.FixFirst ? "mend first" : rule.Suggests.Count == 0 ? "–" : string.Join(", ", rule.Suggests);
            text.Append($"| {rule.Id} | {rule.Version} | {rule.Title} | {rule.Severity.ToString().ToLowerInvariant()} | {string.Join(", ", rule.Reads)} | {suggests} |\n");
        }

        text.Append("\n## Risks\n\nA risk whose fault no driver of this release can do is kept as knowledge and never proposed.\n\n");
        text.Append("| risk | kind | failure | fault | risk of the test | proposed |\n|---|---|---|---|---|---|\n");
        foreach (var risk in catalogue.Risks)
        {
            var proposed = !risk.IsAvailable ? "not in this release" : risk.Evidence.Count == 0 ? "not by a rule yet" : $"by {string.Join(", ", risk.Evidence)}";
            text.Append($"| {risk.Id} | {risk.Kind} | {risk.FailureMode} | {risk.Fault.Name} | {risk.TestRisk} of 5 | {proposed} |\n");
        }

        return text.ToString();
    }
}
