using System.CommandLine;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Runs;
using Crater.Targets;

namespace Crater.Cli.Composition;

/// <summary>How craterctl plays a document, where the command line says other than the document's own <c>runtime</c>.</summary>
internal sealed class MannerOptions
{
    private readonly Option<string?> _hypothesis = Choice("--hypothesis-strategy", "When the hypothesis is checked.", StrategyNames.Hypothesis.Keys);
    private readonly Option<string?> _rollbacks = Choice("--rollback-strategy", "When the document's own rollbacks are played; what Crater injected is recovered in any case.", StrategyNames.Rollbacks.Keys);
    private readonly Option<string?> _dry = Choice("--dry", "Rehearse: leave these out.", StrategyNames.Dry.Keys);
    private readonly Option<string?> _frequency = new("--hypothesis-frequency") { Description = "Wait between two checks beside the method, as 500ms or 2s or seconds (default: 1s)." };
    private readonly Option<bool> _failFast = new("--fail-fast") { Description = "Let the first miss beside the method end the method." };
    private readonly Option<string?> _journal = new("--journal-path") { Description = "Write journal.json there too, beside the run folder." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_hypothesis, _frequency, _failFast, _rollbacks, _dry, _journal])
        {
            command.Add(option);
        }
    }

    /// <exception cref="CraterException">CRT1239: the frequency is no duration.</exception>
    public RunManner Read(ParseResult parsed, Experiment experiment, Surroundings surroundings)
    {
        var own = RunManner.Of(experiment);
        return own with
        {
            Hypothesis = parsed.GetValue(_hypothesis) is { } hypothesis ? StrategyNames.Hypothesis[hypothesis] : own.Hypothesis,
            Rollbacks = parsed.GetValue(_rollbacks) is { } rollbacks ? StrategyNames.Rollbacks[rollbacks] : own.Rollbacks,
            Dry = parsed.GetValue(_dry) is { } dry ? StrategyNames.Dry[dry] : own.Dry,
            Frequency = parsed.GetValue(_frequency) is { } frequency ? Frequency(frequency) : own.Frequency,
            FailFast = parsed.GetValue(_failFast) || own.FailFast,
            JournalPath = parsed.GetValue(_journal) is { } journal ? surroundings.Path(journal) : own.JournalPath,
        };
    }

    private static TimeSpan Frequency(string text) => Durations.TryParse(text, out var frequency)
        ? frequency
        : throw new CraterException("CRT1239", $"'--hypothesis-frequency {text}' is no duration; write for example 500ms, 2s or 1.5.");

    private static Option<string?> Choice(string name, string description, IEnumerable<string> choices)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong([.. choices]);
        return option;
    }
}
