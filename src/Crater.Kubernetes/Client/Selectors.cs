using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>Label selectors of API objects in their text form.</summary>
public static class Selectors
{
    /// <summary>From <c>matchLabels</c> and <c>matchExpressions</c>; empty for none.</summary>
    public static string Text(JsonNode? selector) => string.Join(',',
    [
        .. selector.Map("matchLabels").OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value}"),
        .. selector.Objects("matchExpressions").Select(Expression),
    ]);

    /// <summary>From a plain map, as services have it.</summary>
    public static string Text(IReadOnlyDictionary<string, string> labels) =>
        string.Join(',', labels.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value}"));

    private static string Expression(JsonObject expression) => (expression.Text("operator"), expression.Text("key")) switch
    {
        ("In", var key) => $"{key} in ({string.Join(',', expression.Texts("values"))})",
        ("NotIn", var key) => $"{key} notin ({string.Join(',', expression.Texts("values"))})",
        ("DoesNotExist", var key) => $"!{key}",
        (_, var key) => key,
    };
}
