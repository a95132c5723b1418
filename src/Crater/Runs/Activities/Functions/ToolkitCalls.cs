using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Functions;

/// <summary>Waiting, and ending the run from within.</summary>
internal static class ToolkitCalls
{
    // A timer of the framework cannot be set further ahead.
    private const double SecondsMax = 4e6;

    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["time.sleep"] = SleepAsync,
        ["chaoslib.exit.exit_gracefully"] = (_, _) => throw new RunInterruptedException("An activity asked for the end of the run (chaoslib.exit.exit_gracefully).", isUngraceful: false),
        ["chaoslib.exit.exit_ungracefully"] = (_, _) => throw new RunInterruptedException("An activity asked for the end of the run, without rollbacks (chaoslib.exit.exit_ungracefully).", isUngraceful: true),
    };

    private static async Task<JsonNode?> SleepAsync(FunctionCall call, CancellationToken abort)
    {
        var seconds = call.Number("secs");
        if (!(seconds >= 0))
        {
            throw PythonErrors.Raised("CRT2360", "ValueError", "sleep length must be non-negative");
        }

        if (seconds > SecondsMax)
        {
            throw PythonErrors.Raised("CRT2360", "OverflowError", "timestamp too large to convert to C PyTime_t", $"time.sleep takes at most {SecondsMax:0} s.");
        }

        await Task.Delay(TimeSpan.FromSeconds(seconds), call.Clock, abort);
        return null;
    }
}
