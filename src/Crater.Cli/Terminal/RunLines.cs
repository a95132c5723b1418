using Crater.Journals;

namespace Crater.Cli.Terminal;

/// <summary>One plain line per event that a person wants to know of; null for the others.</summary>
internal static class RunLines
{
    public static string? Of(JournalEvent entry) => entry switch
    {
        RunPlanned planned => $"planned {planned.Run}: {planned.Injections.Count} injection{(planned.Injections.Count == 1 ? "" : "s")}, seed {planned.Seed}",
        PhaseEntered { Phase: RunPhase.SteadyStateBefore } => "looking at the steady state",
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
        ActivityFinished { Status: "failed" } finished => $"activity '{finished.Name}' failed: {Short(finished.Output)}",
        GuardTripped tripped => $"GUARD {tripped.Guard}: {tripped.Reason}",
        AbortRequested abort => $"abort asked for by {abort.By}: {abort.Reason}",
        InjectionRecovered { Certificate.IsClean: true } recovered => $"proven clean: {recovered.Certificate.Evidence}",
        InjectionRecovered recovered => $"recovered, but not proven clean: {recovered.Certificate.Evidence}",
        RecoveryFailed failed => $"RESIDUE: {failed.Reason}; look with: {failed.InspectWith}",
        VerdictReached verdict => $"verdict: {verdict.Verdict.ToString().ToLowerInvariant()}",
        _ => null,
    };

    public static string Short(string text) => text.Length <= 120 ? text : text[..117] + "…";

    private static string Text(ProbeMoment moment) => moment switch { ProbeMoment.Before => "before", ProbeMoment.During => "during the fault", _ => "after" };
}

/// <summary>Says each event as a line with the time since the run began.</summary>
internal sealed class PlainRunView(Output output) : IProgress<JournalEvent>
{
    private readonly Lock _gate = new();
    private DateTimeOffset? _began;
    private readonly Dictionary<string, bool?> _probes = [];
    private string _last = "";

    public void Report(JournalEvent value)
    {
        lock (_gate)
        {
            _began ??= value.At;
            if (Text(value) is { } line && line != _last)
            {
                _last = line;
                output.Line($"{(value.At - _began.Value).TotalSeconds,7:0.0} s  {line}");
            }
        }
    }

    // A probe speaks each second; a person wants to hear of it when its answer changes.
    private string? Text(JournalEvent value)
    {
        if (value is not ProbeMeasured probe)
        {
            return RunLines.Of(value);
        }

        var isNew = !_probes.TryGetValue(probe.Probe, out var before) || before != probe.Met;
        _probes[probe.Probe] = probe.Met;
        return !isNew ? null : RunLines.Of(value) ?? (before is null ? null : $"probe '{probe.Probe}' is met again: saw {RunLines.Short(probe.Seen)}");
    }
}
