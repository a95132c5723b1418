namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>How faults are handed to an engine of somebody else's.</summary>
public sealed record EngineOptions
{
    /// <summary>Where the engine's objects go for targets that live in no namespace. Targets that live in one have them beside themselves. Default: <c>litmus</c>.</summary>
    public string Namespace { get; init; } = "litmus";

    /// <summary>The account that Litmus runs its experiments with, there and beside the targets. Default: <c>litmus-admin</c>.</summary>
    public string ServiceAccount { get; init; } = "litmus-admin";

    /// <summary>How long each state of an engine may last before it counts as stuck.</summary>
    public EnginePatience Patience { get; init; } = new();
}

/// <summary>Every state has a deadline: an engine that waits for ever is one that nobody hears of.</summary>
public sealed record EnginePatience
{
    /// <summary>Until the engine's controller does anything at all with a new object. Default: 30 s; it is a watch away.</summary>
    public TimeSpan Controller { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Until a pod of the engine runs that has to be pulled first. Default: 90 s.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>From the request until the fault is in place, whatever it went through. Default: 3 min.</summary>
    public TimeSpan Inject { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>From the request until the fault is off. Default: 200 s, as Litmus itself waits up to 180 s for its pods to go.</summary>
    public TimeSpan Recover { get; init; } = TimeSpan.FromSeconds(200);

    /// <summary>How long an engine may take to finish by itself at the end of its own duration before it is told to. Default: 15 s.</summary>
    public TimeSpan Finish { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Between two looks at an engine. Default: 500 ms.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
