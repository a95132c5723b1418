using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Faults;

/// <summary>Whether a value that someone proposes for a parameter lies within the ends that someone else has set for it.</summary>
public static class ParameterRange
{
    /// <returns>What would have been right; null when the value is.</returns>
    public static string? Problem(FaultParameter parameter, string min, string max, string value)
    {
        // An empty value would be read as the default, which is not what was asked about.
        if (value.Trim().Length == 0)
        {
            return $"write {ParameterValue.Form(parameter)}.";
        }

        var (canonical, error) = ParameterValue.Read(parameter, DocumentNode.FromJson(JsonValue.Create(value)));
        return error ?? ParameterValue.OutOfRange(parameter, canonical) ?? ParameterValue.OutOfRange(parameter with { Min = min, Max = max }, canonical);
    }

    /// <summary>The value a share of the way from one value to another, as canonical text; null for a parameter that has no measure.</summary>
    /// <param name="share">0 (all of <paramref name="from"/>) to 1.</param>
    public static string? Between(FaultParameter parameter, string from, string to, double share) =>
        ParameterValue.Between(parameter, from, to, share) is { } value && ParameterValue.Read(parameter, DocumentNode.FromJson(JsonValue.Create(value))) is { Error: null } read ? read.Value : null;
}
