using Crater.Journals;

namespace Crater.Cli.Terminal;

/// <summary>One plain line per event that a person wants to know of; null for the others.</summary>
internal static class RunLines
{
    public static string? Of(JournalEvent entry) => entry switch
    {
        RunPlanned planned => $"planned {planned.Run}: {planned.Injections.Count} injection{(planned.Injections.Count == 1 ? "" : "s")}, seed {planned.Seed}",
        PhaseEntered { Phase: RunPhase.SteadyStateBefore } => "looking at the steady state",
        PhaseEntered { Phase: RunPhase.Playing } => "playing the method",
        PhaseEntered { Phase: RunPhase.RollingBack } => "rolling back",
        PhaseEntered { Phase: RunPhase.Injecting } => "the steady state holds; playing the method",
        PhaseEntered { Phase: RunPhase.Watching } => "watching",
        PhaseEntered { Phase: RunPhase.Recovering } => "recovering",
        PhaseEntered { Phase: RunPhase.SteadyStateAfter } => "looking at the steady state again",
        ProbeMeasured { Met: not true } probe => $"probe '{probe.Probe}' {(probe.Met is null ? "could not tell" : "was not met")} {Text(probe.When)}: saw {Short(probe.Seen)}, expected {Short(probe.Expected)}",
        TargetClaimed claimed => $"claimed {claimed.Target}",
        InjectionIntended intended => $"injecting {intended.Injection.Fault} into {intended.Injection.Target.Id}",
        InjectionInjected injected => $"in place: {injected.Mechanism}",
        InjectionFailed failed => $"the injection failed: {failed.Reason}",
        ActivityStarted started => $"activity '{started.Name}'",
        ActivityFinished { Status: not "failed" } finished => $"activity '{finished.Name}' is over after {finished.Seconds:0.0} s: {Short(finished.Output)}",
        ActivityAttempted attempt => $"activity '{attempt.Name}', try {attempt.Attempt}: {(attempt.Met == true ? "met" : Short(attempt.Output))}",
        ActivityCut cut => $"activity '{cut.Name}' was cut after {cut.Seconds:0.0} s",
        HypothesisChecked { When: not ProbeMoment.During } check => $"the hypothesis is {(check.Met switch { true => "met", false => "not met", null => "not to be told: a probe failed" })}",
        ActivityFinished finished => $"activity '{finished.Name}' failed: {Short(finished.Output)}",
        GuardTripped tripped => $"GUARD {tripped.Guard}: {tripped.Reason}",
        AbortRequested abort => $"abort asked for by {abort.By}: {abort.Reason}",
        InjectionRecovered { Certificate.IsAttested: true } recovered => $"attested, not seen: {recovered.Certificate.Evidence}; {recovered.Certificate.Unseen}",
        InjectionRecovered { Certificate.IsClean: true } recovered => $"proven clean: {recovered.Certificate.Evidence}",
        InjectionRecovered recovered => $"recovered, but not proven clean: {recovered.Certificate.Evidence}",
        RecoveryFailed failed => $"RESIDUE: {failed.Reason}; look with: {failed.InspectWith}",
        VerdictReached verdict => $"verdict: {verdict.Verdict.ToString().ToLowerInvariant()}",
        _ => null,
    };

    public static string Short(string text) => text.Length <= 120 ? text : text[..117] + "…";

    private static string Text(ProbeMoment moment) => moment switch { ProbeMoment.Before => "before", ProbeMoment.During => "during the fault", _ => "after" };
}

/// <summary>Tells a run's story without saying anything twice: a probe speaks each second, and a person wants to hear of it when its answer changes.</summary>
internal sealed class RunNarration
{
    private readonly Dictionary<string, bool?> _probes = [];
    private string _last = "";

    /// <returns>Null when there is nothing new.</returns>
    public string? Next(JournalEvent entry)
    {
        var line = entry is ProbeMeasured probe ? OfProbe(probe) : RunLines.Of(entry);
        if (line is null || line == _last)
        {
            return null;
        }

        _last = line;
        return line;
    }

    private string? OfProbe(ProbeMeasured probe)
    {
        var isNew = !_probes.TryGetValue(probe.Probe, out var before) || before != probe.Met;
        _probes[probe.Probe] = probe.Met;
        return !isNew ? null : RunLines.Of(probe) ?? (before is null ? null : $"probe '{probe.Probe}' is met again: saw {RunLines.Short(probe.Seen)}");
    }
}

/// <summary>Says each event as a line with the time since the run began.</summary>
internal sealed class PlainRunView(Output output) : IProgress<JournalEvent>
{
    private readonly Lock _gate = new();
    private readonly RunNarration _narration = new();
    private DateTimeOffset? _began;

    public void Report(JournalEvent value)
    {
        lock (_gate)
        {
            _began ??= value.At;
            if (_narration.Next(value) is { } line)
            {
                output.Line($"{(value.At - _began.Value).TotalSeconds,7:0.0} s  {line}");
            }
        }
    }
}
