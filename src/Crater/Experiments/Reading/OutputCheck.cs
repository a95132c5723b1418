using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>One use of <c>${outputs.…}</c>.</summary>
/// <param name="Reference">Without <c>outputs.</c>.</param>
internal sealed record OutputUse(string Reference, string Path, DocumentNode At);

/// <summary>Whether what a document wants of earlier activities will be there: the activity exists, and it comes before the one that asks.</summary>
internal sealed class OutputCheck(ReadScope scope)
{
    private readonly Dictionary<string, int> _hypothesis = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _method = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rollbacks = new(StringComparer.Ordinal);

    public void Run(Experiment experiment)
    {
        if (scope.OutputUses.Count == 0)
        {
            return;
        }

        Number(experiment.Hypothesis?.Probes ?? [], _hypothesis);
        Number(experiment.Method, _method);
        Number(experiment.Rollbacks, _rollbacks);
        foreach (var use in scope.OutputUses)
        {
            Check(use, experiment);
        }
    }

    private void Check(OutputUse use, Experiment experiment)
    {
        if (OutputReference.NameIn(use.Reference, IsKnown) is not { } name)
        {
            scope.Error("CRT2205", use.Path, use.At,
                $"${{outputs.{use.Reference}}} begins with the name of no activity of this document.{scope.Hint(use.Reference.Split('.', '[')[0], _method.Keys.Concat(_hypothesis.Keys))}");
            return;
        }

        var complaint = Where(use.Path) switch
        {
            ("method", var place) when _hypothesis.ContainsKey(name) && !_method.ContainsKey(name) => "",
            ("method", var place) when _method.TryGetValue(name, out var other) && other < place =>
                experiment.Method[Math.Min(other, experiment.Method.Count - 1)].Background ? $"{name} runs in the background and may not be done by then" : "",
            ("method", _) => $"{name} is played later, or is this very activity",
            ("steady-state-hypothesis", var place) when _hypothesis.TryGetValue(name, out var other) && other < place => "",
            ("steady-state-hypothesis", _) => $"{name} has not been played when the hypothesis is checked for the first time",
            ("rollbacks", var place) when _method.ContainsKey(name) || _hypothesis.ContainsKey(name) || _rollbacks[name] < place => "",
            ("rollbacks", _) => $"{name} is played later, or is this very activity",
            _ => $"{name} has not been played yet when this is needed",
        };
        if (complaint.Length > 0)
        {
            scope.Warn("CRT2207", use.Path, use.At, $"{complaint}: ${{outputs.{use.Reference}}} then stays as it is.");
        }
    }

    private bool IsKnown(string name) => _method.ContainsKey(name) || _hypothesis.ContainsKey(name) || _rollbacks.ContainsKey(name);

    private static void Number(IReadOnlyList<Activity> activities, Dictionary<string, int> places)
    {
        foreach (var activity in activities)
        {
            places.TryAdd(activity.Name, Where(activity.Place).Index);
        }
    }

    // method[3].provider.url is the third place of the method.
    private static (string Section, int Index) Where(string path)
    {
        var open = path.IndexOf('[', StringComparison.Ordinal);
        var close = path.IndexOf(']', StringComparison.Ordinal);
        var section = path.Split('.', '[')[0];
        return (section, open > 0 && close > open && int.TryParse(path.AsSpan(open + 1, close - open - 1), out var index) ? index : 0);
    }
}
