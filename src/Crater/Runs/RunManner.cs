using Crater.Experiments;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>How a document is played: what options, the document and settings have come to, in this order.</summary>
public sealed record RunManner
{
    public HypothesisStrategy Hypothesis { get; init; }

    public RollbackStrategy Rollbacks { get; init; }

    /// <summary>Null plays everything.</summary>
    public DryStrategy? Dry { get; init; }

    /// <summary>Wait between two checks of a hypothesis that is checked beside the method.</summary>
    /// <value>Default: 1 s.</value>
    public TimeSpan Frequency { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first miss of a hypothesis that is checked beside the method ends the method.</summary>
    public bool FailFast { get; init; }

    /// <summary>Where journal.json is written beside the run folder; empty for the run folder alone.</summary>
    public string JournalPath { get; init; } = "";

    /// <summary>The manner in which a run was begun, for whoever goes on with it.</summary>
    public static RunManner Of(RunPlanned plan) => new()
    {
        Hypothesis = plan.Hypothesis,
        Rollbacks = plan.Rollbacks,
        Dry = plan.Dry,
        Frequency = plan.Frequency,
        FailFast = plan.FailFast,
        JournalPath = plan.JournalPath,
    };

    /// <summary>The manner of a document that nobody gave options for.</summary>
    public static RunManner Of(Experiment experiment) => new()
    {
        Hypothesis = experiment.HypothesisStrategy ?? default,
        Rollbacks = experiment.RollbackStrategy ?? default,
    };
}
