using Crater.Experiments;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>
/// What a run without injections says about its hypothesis. Crater put nothing on, so it cannot know what the document's own actions did: it says what was
/// measured before, beside and after them, and what was not.
/// </summary>
internal sealed class PlainVerdict
{
    private readonly MeasurementEvidence _measured;
    private readonly RunPlanned? _plan;
    private readonly List<string> _troubles = [];
    private bool _wasPlayed;

    private PlainVerdict(IReadOnlyList<JournalEvent> events, MeasurementEvidence measured)
    {
        _measured = measured;
        foreach (var entry in events)
        {
            _plan ??= entry as RunPlanned;
            _wasPlayed |= entry is ActivityStarted { Place: var place } && !place.StartsWith("rollbacks", StringComparison.Ordinal);
            var trouble = entry switch
            {
                ActivityFinished { Status: not "succeeded" } e => $"'{e.Name}' failed: {Short(e.Output)}",
                ActivityCut e => $"'{e.Name}' was cut in the middle; nobody knows what it had done.",
                RunResumed { Cut: [_, ..] cut } => $"What {string.Join(" and ", cut)} had done when the process died is not known.",
                _ => "",
            };
            if (trouble.Length > 0)
            {
                _troubles.Add(trouble);
            }
        }
    }

    /// <returns>Null for a run that injected something, or was to.</returns>
    public static PlainVerdict? Of(IReadOnlyList<JournalEvent> events, MeasurementEvidence measured) =>
        events.Any(entry => entry is InjectionIntended or RunPlanned { Injections.Count: > 0 }) ? null : new PlainVerdict(events, measured);

    public IEnumerable<string> Refuting()
    {
        if (!_wasPlayed || IsRehearsal)
        {
            yield break;
        }

        foreach (var probe in _measured.Probes)
        {
            if (probe.FirstMissBeside is { } miss)
            {
                yield return $"{ProbeEvidence.Instead(miss)} while the method was played ({probe.MissedBeside} of {probe.Beside} measurements).";
            }

            if (probe.After is { Met: false } after)
            {
                yield return $"{ProbeEvidence.Instead(after)} after the method.";
            }
        }
    }

    public IEnumerable<string> Doubts()
    {
        if (IsRehearsal)
        {
            yield return $"It was a rehearsal: {StrategyNames.Text(_plan!.Dry!.Value)} were left out.";
        }

        if (!_wasPlayed)
        {
            yield return "Nothing was tried: no activity of the method was played.";
        }

        if (_measured.Probes.Count == 0)
        {
            yield return "Nothing was measured: no probe of a hypothesis was asked.";
        }

        foreach (var probe in _measured.Probes)
        {
            if (probe.Before is null)
            {
                yield return $"'{probe.Name}' was not measured before the method.";
            }

            if (probe.After is not { Met: true })
            {
                yield return $"'{probe.Name}' was not known to be met after the method.";
            }
        }

        foreach (var trouble in _troubles)
        {
            yield return trouble;
        }
    }

    public IEnumerable<string> Held() =>
    [
        .. _measured.Probes.Select(probe => $"'{probe.Name}' was met before and after the method; "
            + probe.Beside switch { 0 => "beside it nothing was measured.", 1 => "beside it in the one measurement.", _ => $"beside it in all of {probe.Beside} measurements." }),
        "Crater injected nothing; what the actions of the document did was not observed.",
    ];

    private bool IsRehearsal => _plan?.Dry is { } dry && dry != DryStrategy.Pause;

    private static string Short(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
