using Crater.Lab.Nodes;

namespace Crater.Lab.Holding;

/// <summary>One fault in place on one pod. It can be put on once, looked at and taken off; taking off is safe to repeat.</summary>
internal abstract class HeldFault
{
    /// <summary>What is really done, for the report.</summary>
    public abstract string Mechanism { get; }

    /// <summary>What no second fault may touch while this one is in place, e.g. <c>processes</c>; empty when any number composes.</summary>
    public virtual string Exclusive => "";

    /// <summary>It has done what it was for and is gone by that, e.g. with the container that it made too large.</summary>
    public virtual bool HasLeftItsMark => false;

    public abstract Task PutOnAsync(PodRun pod, CancellationToken abort);

    public abstract Task TakeOffAsync();

    /// <summary>Whether anything of it is there, and what was seen, in one sentence.</summary>
    public abstract (bool IsPresent, string Seen) Look();
}
