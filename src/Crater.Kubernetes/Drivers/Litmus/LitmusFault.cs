using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>By what it is seen that an experiment of Litmus is in place, and that it is over.</summary>
public enum LitmusProof
{
    /// <summary>The target pod is gone: a moment.</summary>
    PodGone,

    /// <summary>A helper has written <c>targeted</c> for the pod: a moment.</summary>
    Targeted,

    /// <summary>A helper has written <c>injected</c> and then <c>reverted</c> for the pod.</summary>
    Reverted,

    /// <summary>A helper pod runs on the node; its end is the fault's end.</summary>
    Helper,

    /// <summary>The node is closed to new pods.</summary>
    Cordoned,

    /// <summary>The node carries the taint.</summary>
    Tainted,
}

/// <summary>How Litmus says one of our faults.</summary>
public sealed record LitmusFault : EngineFault
{
    /// <summary>The ChaosExperiment.</summary>
    public required string Experiment { get; init; }

    public override string Name => Experiment;

    /// <summary>The variable that names the target.</summary>
    public string TargetKey { get; init; } = "TARGET_PODS";

    public LitmusProof Proof { get; init; } = LitmusProof.Reverted;
}
