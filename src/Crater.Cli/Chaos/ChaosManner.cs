using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Runs;

namespace Crater.Cli.Chaos;

/// <summary>
/// How a document is played: an option wins over the document's <c>runtime</c>, that over the settings' one, and that over the defaults. A document with a
/// <c>runtime</c> answers for both strategies, also for the one that it leaves out.
/// </summary>
internal static class ChaosManner
{
    /// <exception cref="CraterException">CRT1237: the settings name a strategy that there is not.</exception>
    public static RunManner Of(ChaosArguments options, Experiment experiment, JsonObject settings)
    {
        _ = ChaosArguments.Number(options.Text("--hypothesis-frequency") ?? "1", out var frequency);
        return new RunManner
        {
            Hypothesis = options.Text("--hypothesis-strategy") is { } hypothesis
                ? StrategyNames.Hypothesis[hypothesis == "continously" ? "continuously" : hypothesis]
                : experiment.HypothesisStrategy ?? OfSettings(settings, "hypothesis", StrategyNames.Hypothesis),
            Rollbacks = options.Text("--rollback-strategy") is { } rollbacks
                ? StrategyNames.Rollbacks[rollbacks]
                : experiment.RollbackStrategy ?? OfSettings(settings, "rollbacks", StrategyNames.Rollbacks),
            Dry = options.Text("--dry") is { } dry ? StrategyNames.Dry[dry] : null,
            Frequency = TimeSpan.FromSeconds(Math.Clamp(frequency, 0, TimeSpan.FromDays(1).TotalSeconds)),
            FailFast = options.Has("--fail-fast"),
            JournalPath = options.Text("--journal-path") ?? "./journal.json",
        };
    }

    private static T OfSettings<T>(JsonObject settings, string part, IReadOnlyDictionary<string, T> names) where T : struct, Enum
    {
        var named = ((settings["runtime"] as JsonObject)?[part] as JsonObject)?["strategy"];
        return named is null ? default
            : named is JsonValue text && text.TryGetValue<string>(out var name) && names.TryGetValue(name, out var strategy) ? strategy
            : throw new CraterException("CRT1237", $"The settings' runtime.{part}.strategy is {named.ToJsonString()}; it must be one of {string.Join(", ", names.Keys)}.");
    }
}
