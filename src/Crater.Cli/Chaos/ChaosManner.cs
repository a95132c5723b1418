using Crater.Cli.Chaos.Syntax;
using Crater.Experiments;
using Crater.Runs;

namespace Crater.Cli.Chaos;

/// <summary>How a document is played: an option wins over the document's <c>runtime</c>, that over the settings, and those over the defaults.</summary>
internal static class ChaosManner
{
    public static RunManner Of(ChaosArguments options, Experiment experiment)
    {
        _ = ChaosArguments.Number(options.Text("--hypothesis-frequency") ?? "1", out var frequency);
        return new RunManner
        {
            Hypothesis = options.Text("--hypothesis-strategy") is { } hypothesis ? Hypothesis(hypothesis) : experiment.HypothesisStrategy ?? default,
            Rollbacks = options.Text("--rollback-strategy") is { } rollbacks ? StrategyNames.Rollbacks[rollbacks] : experiment.RollbackStrategy ?? default,
            Dry = options.Text("--dry") is { } dry ? StrategyNames.Dry[dry] : null,
            Frequency = TimeSpan.FromSeconds(frequency),
            FailFast = options.Has("--fail-fast"),
            JournalPath = options.Text("--journal-path") ?? "./journal.json",
        };
    }

    private static HypothesisStrategy Hypothesis(string name) => StrategyNames.Hypothesis[name == "continously" ? "continuously" : name];
}
