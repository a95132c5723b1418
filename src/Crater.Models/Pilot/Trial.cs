namespace Crater.Models.Pilot;

/// <summary>How hard a test is. One step at a time: the next only when the one before was withstood.</summary>
public enum Intensity
{
    /// <summary>As the catalogue has it.</summary>
    Low,

    /// <summary>Halfway to the harshest value that makes sense.</summary>
    Medium,

    /// <summary>The harshest value that makes sense.</summary>
    High,
}

/// <summary>One experiment of a session.</summary>
/// <param name="Proposal">Id of the risk and target.</param>
/// <param name="Target">Id of the component, or the node, that was hit.</param>
/// <param name="Verdict">upheld, refuted or inconclusive.</param>
public sealed record Trial(string Proposal, string Target, string Fault, Intensity Intensity, string Run, string Verdict, bool IsClean, string Finding);

/// <summary>What was tried in this session, so that nothing is repeated and nothing is skipped.</summary>
internal sealed class TrialMemory
{
    private readonly List<Trial> _trials = [];

    public IReadOnlyList<Trial> Trials => _trials;

    public void Add(Trial trial) => _trials.Add(trial);

    /// <summary>Why a test is not due; empty when it is.</summary>
    public string Objection(string proposal, Intensity intensity)
    {
        var same = _trials.Where(trial => trial.Proposal == proposal).ToArray();
        if (same.FirstOrDefault(trial => trial.Intensity == intensity) is { } done)
        {
            return $"this was tried before, and was {done.Verdict}; choose another candidate{(done.Verdict == "upheld" && intensity < Intensity.High ? $" or {Name(intensity + 1)} intensity" : "")}";
        }

        if (same.FirstOrDefault(trial => trial.Verdict == "refuted") is { } proven)
        {
            return $"the weakness is proven already, with {Name(proven.Intensity)} intensity; choose another candidate";
        }

        return intensity > Intensity.Low && !same.Any(trial => trial.Intensity == intensity - 1 && trial.Verdict == "upheld")
            ? $"it goes step by step: {Name(intensity - 1)} intensity must be withstood first"
            : "";
    }

    public static string Name(Intensity intensity) => intensity.ToString().ToLowerInvariant();
}
