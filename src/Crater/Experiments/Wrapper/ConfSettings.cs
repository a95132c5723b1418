using Crater.Diagnostics;

namespace Crater.Experiments.Wrapper;

/// <summary>How one context of a conf file plays its experiment, in the words of the command line.</summary>
public sealed record ConfSettings
{
    /// <summary>The folder of the conf file: relative paths start there, and the run has it as its working directory.</summary>
    public required string Folder { get; init; }

    /// <value>Default: experiment.yaml.</value>
    public string Experiment { get; init; } = "experiment.yaml";

    /// <value>Default: always, unlike the command line's.</value>
    public string Rollbacks { get; init; } = "always";

    /// <summary>Empty leaves it to the document.</summary>
    public string Hypothesis { get; init; } = "";

    /// <summary>In seconds, as it was written; empty leaves it to the command line.</summary>
    public string Frequency { get; init; } = "";

    public bool FailFast { get; init; }

    /// <summary>In the order in which they apply.</summary>
    public IReadOnlyList<string> VarFiles { get; init; } = [];

    /// <summary>As <c>--var</c> takes them: <c>key=value</c> or <c>key:type=value</c>.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>Warnings; what is an error was thrown.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>The options and the document, as arguments of <c>run</c>.</summary>
    public IReadOnlyList<string> Arguments => [.. Options.SelectMany(option => option), Experiment];

    /// <summary>Each option with its value.</summary>
    public IEnumerable<IReadOnlyList<string>> Options
    {
        get
        {
            yield return ["--rollback-strategy", Rollbacks];
            if (Hypothesis.Length > 0)
            {
                yield return ["--hypothesis-strategy", Hypothesis];
            }

            if (Frequency.Length > 0)
            {
                yield return ["--hypothesis-frequency", Frequency];
            }

            if (FailFast)
            {
                yield return ["--fail-fast"];
            }

            foreach (var file in VarFiles)
            {
                yield return ["--var-file", file];
            }

            foreach (var given in Overrides)
            {
                yield return ["--var", given];
            }
        }
    }
}
