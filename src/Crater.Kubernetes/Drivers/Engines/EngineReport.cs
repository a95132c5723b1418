using Crater.Diagnostics;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>Where a fault stands that an engine was given.</summary>
internal enum EnginePhase
{
    /// <summary>Not in place yet, or nobody can tell.</summary>
    Waiting,

    /// <summary>On its target.</summary>
    InPlace,

    /// <summary>Being taken off.</summary>
    Ending,

    /// <summary>Off, and nothing of the engine's is left that could put it on again.</summary>
    Off,

    /// <summary>The engine has let go of it without saying that it took it off.</summary>
    Lost,
}

/// <summary>What one look at an engine found.</summary>
/// <param name="Text">One sentence, for the certificate.</param>
internal sealed record EngineReport(EnginePhase Phase, string Text)
{
    /// <summary>Why it will not come to be in place by waiting; null while it still may.</summary>
    public Problem? Trouble { get; init; }

    /// <summary>The target bears a mark of the fault that healing does not take away.</summary>
    public bool HasLeftItsMark { get; init; }

    /// <summary>What the engine says of itself, such as its verdict; empty when nothing.</summary>
    public string Verdict { get; init; } = "";
}
