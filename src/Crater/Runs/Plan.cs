using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>One fault activity of the method with the targets that were drawn for it.</summary>
/// <param name="Method">Its place in the method, counted from 0.</param>
/// <param name="Candidates">How many targets the selector matched before the draw.</param>
public sealed record PlannedFault(int Method, string Activity, bool Background, int Candidates, IReadOnlyList<Injection> Injections);

/// <summary>What a run is going to do, drawn and checked before anything is touched. Nothing in it changes afterwards.</summary>
public sealed record Plan
{
    public required RunId Run { get; init; }

    public required string Title { get; init; }

    /// <summary>The seed by which the targets were drawn.</summary>
    public required int Seed { get; init; }

    public required IReadOnlyList<PlannedFault> Faults { get; init; }

    /// <summary>Longest time the faults and pauses of the method take; plain activities come on top.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Everything that speaks against it, each with its code; warnings stop nothing.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    public IReadOnlyList<Injection> Injections => field ??= [.. Faults.SelectMany(fault => fault.Injections)];

    public bool MayRun => Problems.All(problem => problem.IsWarning);

    /// <summary>By the activity's place in the document; a control may have moved it within the method.</summary>
    public IReadOnlyList<Injection> InjectionsOf(Activity activity)
    {
        var named = Faults.Where(fault => fault.Activity == activity.Name).ToArray();
        return (Array.Find(named, fault => activity.Place == $"method[{fault.Method}]") ?? (named.Length == 1 ? named[0] : null))?.Injections ?? [];
    }

    /// <exception cref="CraterException">CRT4014: no target was drawn for the activity, so there is nothing that may be hit.</exception>
    public IReadOnlyList<Injection> MustInjectionsOf(Activity activity) => InjectionsOf(activity) is { Count: > 0 } injections ? injections : throw new CraterException(
        "CRT4014", $"The plan has no target for the fault '{activity.Name}' at {activity.Place}: a control put it into the method, and what was not planned is not hit.");

    /// <summary>The journal's first line.</summary>
    public RunPlanned Begin(IReadOnlyDictionary<string, string> files, string startedBy, string version, string against, RunManner? manner = null) => new()
    {
        Run = Run,
        Title = Title,
        Format = JournalFormat.Current,
        Seed = Seed,
        Injections = Injections,
        Files = files,
        StartedBy = startedBy,
        Version = version,
        Against = against,
        Hypothesis = manner?.Hypothesis ?? default,
        Rollbacks = manner?.Rollbacks ?? default,
        Dry = manner?.Dry,
        Frequency = manner?.Frequency ?? new RunManner().Frequency,
        FailFast = manner?.FailFast ?? false,
        JournalPath = manner?.JournalPath ?? "",
    };
}
