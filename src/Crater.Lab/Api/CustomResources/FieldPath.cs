using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>The part of JSONPath that printer columns use: <c>.a.b</c>, <c>[0]</c>, <c>['a.b']</c> and <c>[?(@.type=="Ready")]</c>.</summary>
internal static partial class FieldPath
{
    public static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (Match step in Step().Matches(path))
        {
            node = step switch
            {
                _ when step.Groups["name"] is { Success: true } name => node.At(name.Value.Replace("\\.", ".", StringComparison.Ordinal)),
                _ when step.Groups["quoted"] is { Success: true } name => node.At(name.Value),
                _ when step.Groups["index"] is { Success: true } index => node is JsonArray list && int.Parse(index.Value) < list.Count ? list[int.Parse(index.Value)] : null,
                _ => (node as JsonArray)?.FirstOrDefault(item => item.Text(step.Groups["key"].Value.Split('.')) == step.Groups["value"].Value),
            };
        }

        return node;
    }

    [GeneratedRegex("""\.(?<name>(?:\\.|[^.\[\\])+)|\['(?<quoted>[^']+)'\]|\[(?<index>\d+)\]|\[\?\(@\.(?<key>[\w.]+)\s*==\s*["'](?<value>[^"']*)["']\)\]""")]
    private static partial Regex Step();
}
