namespace Crater.Advice;

/// <summary>How a proposal is saved.</summary>
public enum ProposalFormat
{
    /// <summary>The experiment document, <c>.yaml</c>.</summary>
    Experiment,

    /// <summary>The Chaos Advisor's short form, <c>.json</c>.</summary>
    Advisor,
}
