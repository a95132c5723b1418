namespace Crater.Experiments;

/// <summary>When the hypothesis is checked, in the words of the format (<see cref="StrategyNames"/>).</summary>
public enum HypothesisStrategy
{
    /// <summary>Before the method, as a gate, and after it.</summary>
    Default,
    BeforeMethodOnly,
    AfterMethodOnly,

    /// <summary>Again and again beside the method, and at no other time.</summary>
    DuringMethodOnly,

    /// <summary>Before, again and again beside the method, and after.</summary>
    Continuously,

    /// <summary>Never.</summary>
    Skip,
}

/// <summary>When the document's own rollbacks are played. What Crater itself injected is recovered in any case.</summary>
public enum RollbackStrategy
{
    /// <summary>Unless the run failed or was interrupted.</summary>
    Default,
    Always,
    Never,

    /// <summary>Only when the hypothesis was not met after the method.</summary>
    Deviated,
}

/// <summary>What is left out of a rehearsal; what is left out is journaled as succeeded without output.</summary>
public enum DryStrategy
{
    Probes,
    Actions,

    /// <summary>Probes and actions.</summary>
    Activities,

    /// <summary>Pauses alone.</summary>
    Pause,
}

/// <summary>The strategies as documents, options and settings write them.</summary>
public static class StrategyNames
{
    public static IReadOnlyDictionary<string, HypothesisStrategy> Hypothesis { get; } = new Dictionary<string, HypothesisStrategy>
    {
        ["default"] = HypothesisStrategy.Default,
        ["before-method-only"] = HypothesisStrategy.BeforeMethodOnly,
        ["after-method-only"] = HypothesisStrategy.AfterMethodOnly,
        ["during-method-only"] = HypothesisStrategy.DuringMethodOnly,
        ["continuously"] = HypothesisStrategy.Continuously,
        ["skip"] = HypothesisStrategy.Skip,
    };

    public static IReadOnlyDictionary<string, RollbackStrategy> Rollbacks { get; } = new Dictionary<string, RollbackStrategy>
    {
        ["default"] = RollbackStrategy.Default,
        ["always"] = RollbackStrategy.Always,
        ["never"] = RollbackStrategy.Never,
        ["deviated"] = RollbackStrategy.Deviated,
    };

    public static IReadOnlyDictionary<string, DryStrategy> Dry { get; } = new Dictionary<string, DryStrategy>
    {
        ["probes"] = DryStrategy.Probes,
        ["actions"] = DryStrategy.Actions,
        ["activities"] = DryStrategy.Activities,
        ["pause"] = DryStrategy.Pause,
    };

    /// <summary>The name of a strategy.</summary>
    public static string Text(DryStrategy strategy) => Dry.First(name => name.Value == strategy).Key;
}
