using Crater.Experiments;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>What is done with a run whose process died.</summary>
public enum ResumeChoice
{
    /// <summary>The document's rollbacks, whatever its strategy says; nothing more of the method.</summary>
    Rollbacks,

    /// <summary>The rest of the method, and everything that comes after it.</summary>
    Continue,
}

/// <summary>How far a run had come when its process died: a pure function of its events.</summary>
internal sealed class ResumePoint
{
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _again = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _injections = [];
    private bool _isTakenOver;

    private ResumePoint(Experiment experiment, IReadOnlyList<JournalEvent> events, ResumeChoice choice, bool playsAgain)
    {
        Choice = choice;
        foreach (var entry in events)
        {
            Take(entry);
        }

        Cut = [.. experiment.Method.Concat(experiment.Rollbacks).Where(activity => _open.Contains(activity.Place)).Select(activity => activity.Place)];
        // A probe only looks; and what takes something back may be done twice. An action that may have been done half is a person's decision, and a fault that
        // was taken off is never put on again.
        _again.UnionWith(experiment.Method.Where(activity => _open.Contains(activity.Place) && activity.Provider is not FaultProvider && (activity.IsProbe || playsAgain))
            .Select(activity => activity.Place));
        _again.UnionWith(experiment.Rollbacks.Where(activity => _open.Contains(activity.Place)).Select(activity => activity.Place));
        From = choice == ResumeChoice.Continue && !WasShut ? experiment.Method.FirstOrDefault(activity => !IsDone(activity))?.Place ?? "" : "";
    }

    public ResumeChoice Choice { get; }

    /// <summary>The first activity of the method that is played now; empty for none.</summary>
    public string From { get; }

    /// <summary>Places of activities that were under way when the process died; nobody knows what they had done.</summary>
    public IReadOnlyList<string> Cut { get; }

    /// <summary>The gate was not met: the method was not to be played.</summary>
    public bool WasShut { get; private set; }

    /// <summary>The method had begun, so that the gate says nothing any more.</summary>
    public bool HadBegun => _begun.Count > 0;

    public static ResumePoint Of(Experiment experiment, IReadOnlyList<JournalEvent> events, ResumeChoice choice, bool playsAgain) =>
        new(experiment, events, choice, playsAgain);

    /// <summary>The activity is not played any more.</summary>
    public bool IsDone(Activity activity) => _begun.Contains(activity.Place) && !_again.Contains(activity.Place);

    public bool HasBegun(string place) => _begun.Contains(place);

    private void Take(JournalEvent entry)
    {
        switch (entry)
        {
            case ActivityStarted e:
                Begin(e.Place);
                break;
            case ActivityFinished e:
                _open.Remove(e.Place);
                break;
            case InjectionIntended { Injection: var injection }:
                Begin(injection.Place);
                _injections[injection.Sequence] = injection.Place;
                break;
            case InjectionRecovered e when !_isTakenOver && _injections.Remove(e.Sequence, out var place) && !_injections.ContainsValue(place):
                _open.Remove(place);
                break;
            case RunTakenOver or RunResumed:
                _isTakenOver = entry is RunTakenOver;
                break;
            case HypothesisChecked { When: ProbeMoment.Before } e:
                WasShut = e.Met != true;
                break;
        }
    }

    private void Begin(string place)
    {
        _begun.Add(place);
        _open.Add(place);
    }
}
