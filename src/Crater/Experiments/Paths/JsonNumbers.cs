using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Experiments.Paths;

/// <summary>Reads numbers out of JSON, whatever .NET type is behind them.</summary>
internal static class JsonNumbers
{
    /// <summary>Null when the node is no number.</summary>
    public static double? Read(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        ? double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture)
        : null;

    /// <summary>A number, or a text that is one; null for anything else.</summary>
    public static double? ReadLoosely(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String
        ? double.TryParse(node.GetValue<string>().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null
        : Read(node);
}
