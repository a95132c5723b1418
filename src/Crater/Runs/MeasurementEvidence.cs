using System.Globalization;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>What the journal says about each probe of the hypothesis, read in one pass.</summary>
internal sealed class MeasurementEvidence
{
    private readonly Dictionary<string, ProbeEvidence> _probes = new(StringComparer.Ordinal);

    private MeasurementEvidence(IReadOnlyList<JournalEvent> events, InjectionEvidence injections)
    {
        HashSet<int> inPlace = [];      // injected, seen to bite, and not yet certified gone
        foreach (var entry in events)
        {
            switch (entry)
            {
                case InjectionInjected e when injections.Bit(e.Sequence):
                    inPlace.Add(e.Sequence);
                    break;
                case InjectionRecovered e:
                    inPlace.Remove(e.Sequence);
                    break;
                case GuardTripped { IsBlind: false } e when inPlace.Count > 0:
                    GuardMisses.Add($"Guard '{e.Guard}' tripped while {injections.Describe(inPlace)}: {e.Reason}");
                    break;
                case ProbeMeasured e:
                    Of(e.Probe).Add(e, inPlace.Count > 0 && e is { When: ProbeMoment.During, Met: false } ? injections.Describe(inPlace) : "");
                    break;
                case GuardWatched e:
                    Guards.Add(e);
                    break;
            }
        }
    }

    public IReadOnlyCollection<ProbeEvidence> Probes => _probes.Values;

    public List<GuardWatched> Guards { get; } = [];

    /// <summary>A sentence for each guard that tripped on fresh data with a fault in place.</summary>
    public List<string> GuardMisses { get; } = [];

    public static MeasurementEvidence Of(IReadOnlyList<JournalEvent> events, InjectionEvidence injections) => new(events, injections);

    /// <summary>Guards that had something to say while a fault was in place, as sentences.</summary>
    public IEnumerable<string> GuardsHeld() => Guards.Select(guard =>
        $"Guard '{guard.Guard}' held over {guard.Readings} readings between {Number(guard.Lowest)} and {Number(guard.Highest)}.");

    private ProbeEvidence Of(string probe)
    {
        if (!_probes.TryGetValue(probe, out var evidence))
        {
            _probes[probe] = evidence = new ProbeEvidence(probe);
        }

        return evidence;
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "nothing";
}

/// <summary>What one probe measured.</summary>
internal sealed class ProbeEvidence(string name)
{
    public string Name => name;

    /// <summary>The last measurement of each moment; null when there was none.</summary>
    public ProbeMeasured? Before { get; private set; }

    public ProbeMeasured? After { get; private set; }

    /// <summary>Measurements with a fault of Crater's in place, and how many of those could tell.</summary>
    public int WithFault { get; private set; }

    public int KnownWithFault { get; private set; }

    /// <summary>Measurements beside the method without such a fault, and how many of those were not met.</summary>
    public int Beside { get; private set; }

    public int MissedBeside { get; private set; }

    /// <summary>The first miss beside the method without a fault of Crater's.</summary>
    public ProbeMeasured? FirstMissBeside { get; private set; }

    public int Misses { get; private set; }

    /// <summary>The first miss with a fault that bit in place, as half a sentence; empty when there was none.</summary>
    public string FirstMiss { get; private set; } = "";

    public void Add(ProbeMeasured measured, string under)
    {
        switch (measured)
        {
            case { When: ProbeMoment.Before }:
                Before = measured;
                break;
            case { When: ProbeMoment.After }:
                After = measured;
                break;
            case { IsWithoutFault: true }:
                Beside++;
                MissedBeside += measured.Met == true ? 0 : 1;
                FirstMissBeside ??= measured.Met == false ? measured : null;
                break;
            default:
                WithFault++;
                KnownWithFault += measured.Met is null ? 0 : 1;
                Misses += under.Length > 0 ? 1 : 0;
                FirstMiss = FirstMiss.Length > 0 || under.Length == 0 ? FirstMiss : $"{Instead(measured)} while {under}";
                break;
        }
    }

    public static string Instead(ProbeMeasured measured) => $"'{measured.Probe}' was {Quote(measured.Seen)} instead of {measured.Expected}";

    public static string Quote(string seen) => $"'{(seen.Length <= 120 ? seen : seen[..120] + "…")}'";
}
