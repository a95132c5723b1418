using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>Checks a value against any tolerance, also against one that asks another probe.</summary>
public static class ToleranceProbes
{
    /// <summary>Whether a hypothesis probe's result is within its tolerance; a probe without one cannot tell.</summary>
    public static Task<bool?> JudgeAsync(
        this IActivities activities, Activity probe, ActivityResult result, ActivityContext context, CancellationToken abort) =>
        probe.Tolerance is { } tolerance && result.Succeeded
            ? activities.MeetsAsync(tolerance, result.Value, context, abort)
            : Task.FromResult<bool?>(null);

    /// <summary>True when it is met, false when not, null when that cannot be told.</summary>
    public static async Task<bool?> MeetsAsync(
        this IActivities activities, Tolerance tolerance, JsonNode? value, ActivityContext context, CancellationToken abort)
    {
        var filled = ToleranceFilling.Fill(tolerance, context.Values);
        if (filled is not ProbeTolerance inner)
        {
            return filled is null ? false : ToleranceCheck.Evaluate(filled, value);
        }

        var result = await activities.PlayAsync(inner.Probe with { Provider = WithValue(inner.Probe.Provider, value) }, context, abort);

        // The format counts a probe that failed as a no.
        return result.Succeeded ? ToleranceCheck.IsTrue(result.Value) : false;
    }

    // The probe gets what was seen as its argument named value.
    private static Provider WithValue(Provider provider, JsonNode? value) => provider switch
    {
        PythonProvider python => python with { Arguments = With(python.Arguments, value) },
        HttpProvider http => http with { Body = With(http.Body as JsonObject ?? [], value) },
        ProcessProvider { ThroughShell: false } process => process with { Arguments = [.. process.Arguments, "value", value is null ? "" : Substitution.Written(value)] },
        _ => provider,
    };

    private static JsonObject With(JsonObject arguments, JsonNode? value)
    {
        var copy = (JsonObject)arguments.DeepClone();
        copy["value"] = value?.DeepClone();
        return copy;
    }
}
