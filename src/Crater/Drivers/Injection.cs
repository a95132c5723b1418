using Crater.Faults;
using Crater.Targets;

namespace Crater.Drivers;

/// <summary>One fault on one target in one run.</summary>
public sealed record Injection
{
    public required RunId Run { get; init; }

    /// <summary>Counted from 1 within the run; a higher one was injected later.</summary>
    public required int Sequence { get; init; }

    /// <summary>The name of the activity that asked for it.</summary>
    public required string Activity { get; init; }

    /// <summary>Where that activity stands in the document, e.g. <c>method[2]</c>; empty in journals that did not say so.</summary>
    public string Place { get; init; } = "";

    public required Fault Fault { get; init; }

    public required Target Target { get; init; }

    /// <summary>The driver that does it: <c>kubernetes</c>, <c>lab</c>, …</summary>
    public required string Driver { get; init; }

    /// <summary>How long the fault stays in place unless the run ends earlier.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The same from every process, so that a doubled request is one injection: <c>chaos-1a2b3c4d.1</c>.</summary>
    public string Id => $"{Run}.{Sequence}";
}
