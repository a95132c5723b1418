using System.Text.Json.Nodes;

namespace Crater.Lab.Store;

/// <summary>The label selector that stands in an object: matchLabels and matchExpressions.</summary>
public static class ObjectSelector
{
    /// <summary>An absent selector matches nothing, an empty one everything, as in Kubernetes.</summary>
    public static bool Matches(JsonNode? selector, IReadOnlyDictionary<string, string> labels) => selector is JsonObject map
        && (map.Map("matchLabels") is not { } equal || equal.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value.Text()))
        && map.Each("matchExpressions").All(expression => MatchesOne(expression, labels));

    /// <summary>One requirement; also those of node affinity, which compares numbers too.</summary>
    public static bool MatchesOne(JsonObject expression, IReadOnlyDictionary<string, string> labels)
    {
        var isThere = labels.TryGetValue(expression.Text("key"), out var value);
        return expression.Text("operator") switch
        {
            "In" => isThere && expression.Texts("values").Contains(value),
            "NotIn" => !isThere || !expression.Texts("values").Contains(value),
            "Exists" => isThere,
            "DoesNotExist" => !isThere,
            "Gt" => isThere && Compare(value, expression) > 0,
            "Lt" => isThere && Compare(value, expression) < 0,
            _ => false,
        };
    }

    private static int Compare(string? value, JsonObject expression) =>
        long.TryParse(value, out var have) && long.TryParse(expression.Texts("values").FirstOrDefault(), out var want) ? have.CompareTo(want) : 0;
}
