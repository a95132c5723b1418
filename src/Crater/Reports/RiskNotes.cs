using Crater.Risks;

namespace Crater.Reports;

/// <summary>What the risk catalogue says about the risk that was tested, with the names of this run filled in.</summary>
/// <param name="Title">The failure mode, in a sentence.</param>
/// <param name="Prevention">What to change so that it does not happen.</param>
/// <param name="Emergency">What to do when it happens unplanned.</param>
public sealed record RiskNotes(string Id, string Title, IReadOnlyList<string> Prevention, IReadOnlyList<string> Emergency)
{
    public static RiskNotes From(Risk risk, RunEvidence evidence)
    {
        var target = evidence.Plan.Injections.Select(injection => injection.Target).FirstOrDefault();
        var component = evidence.Topology?.Components.FirstOrDefault(component => component.Id == target?.Component);
        var name = target is null ? "the target" : component?.Name ?? (target.Component.Length > 0 ? Wording.Short(target.Component) : target.Name);
        string Filled(string text) => text
            .Replace("{target}", name, StringComparison.Ordinal)
            .Replace("{weak}", "its callers", StringComparison.Ordinal)
            .Replace("{namespace}", target?.Namespace ?? "", StringComparison.Ordinal)
            .Replace("{node}", target?.Node ?? "", StringComparison.Ordinal)
            .Replace("{selector}", component?.Selector is { Length: > 0 } selector ? selector : $"app={name}", StringComparison.Ordinal);
        return new RiskNotes(risk.Id, Filled(risk.FailureMode), [.. risk.Prevention.Select(Filled)], [.. risk.Emergency.Select(Filled)]);
    }
}
