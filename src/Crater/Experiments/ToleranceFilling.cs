using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments.Reading;

namespace Crater.Experiments;

/// <summary>Puts variables into a tolerance just before a value is judged by it: into a text, a pattern, a path and what is expected there; never into lists and ranges.</summary>
public static class ToleranceFilling
{
    /// <summary>Null when a variable holds what is no tolerance, such as 0.5: nothing is within it.</summary>
    public static Tolerance? Fill(Tolerance tolerance, Substitution values) => tolerance switch
    {
        ScalarTolerance { Value: { } text } when Text(text) is { } written && written.Contains('$') => Read(values.Value(written)),
        RegexTolerance regex => regex with { Pattern = values.Text(regex.Pattern) },
        JsonPathTolerance path => path with { Path = values.Text(path.Path), Expect = values.Apply(path.Expect) },
        _ => tolerance,
    };

    private static Tolerance? Read(JsonNode? value)
    {
        if (Text(value) is { } text)
        {
            return new ScalarTolerance(text);
        }

        var scope = new ReadScope(new ReadOptions(), []);
        var tolerance = new ToleranceReader(scope, new ActivityReader(scope, new ControlsReader(scope))).Read(DocumentNode.FromJson(value), "");
        return scope.Problems.All(problem => problem.IsWarning) ? tolerance : null;
    }

    private static string? Text(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text : null;
}
