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

        var (canonical, error) = ParameterValue.Read(parameter, DocumentNode.FromJson(System.Text.Json.Nodes.JsonValue.Create(value)));
        return error ?? ParameterValue.OutOfRange(parameter, canonical) ?? ParameterValue.OutOfRange(parameter with { Min = min, Max = max }, canonical);
    }
}
