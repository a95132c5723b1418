using Crater.Drivers;
using Crater.Journals;

namespace Crater.Runs;

/// <summary>What the journal says about whether each fault really took hold.</summary>
internal sealed class InjectionEvidence
{
    private readonly Dictionary<int, InjectionIntended> _intended;
    private readonly HashSet<int> _injected;
    private readonly List<InjectionFailed> _failed;
    private readonly ILookup<int, InjectionSeen> _looks;

    private InjectionEvidence(IReadOnlyList<JournalEvent> events)
    {
        _intended = events.OfType<InjectionIntended>().ToDictionary(one => one.Injection.Sequence);
        _injected = [.. events.OfType<InjectionInjected>().Select(one => one.Sequence)];
        _failed = [.. events.OfType<InjectionFailed>()];
        _looks = events.OfType<InjectionSeen>().ToLookup(one => one.Sequence);
    }

    public bool AnyBit => _injected.Any(Bit);

    public static InjectionEvidence Of(IReadOnlyList<JournalEvent> events) => new(events);

    /// <summary>
    /// The driver said that it is on, and no look has said otherwise. What heals itself may be absent in the end, but then its target looked
    /// different at least once, or bears a mark of it.
    /// </summary>
    public bool Bit(int sequence)
    {
        if (!_injected.Contains(sequence) || !_intended.TryGetValue(sequence, out var intended))
        {
            return false;
        }

        var known = _looks[sequence].Where(look => look.Presence != Presence.Unknown).ToArray();
        return known.Length == 0 || known.Any(look => look.Presence == Presence.Present || look.HasLeftItsMark || (look.Now is { } now && now != intended.Preparation.Before));
    }

    public IEnumerable<string> Doubts()
    {
        if (_intended.Count == 0)
        {
            yield return "Nothing was injected.";
        }

        foreach (var failed in _failed)
        {
            yield return $"{Describe([failed.Sequence])} could not be injected: {failed.Reason}";
        }

        foreach (var sequence in _injected.Where(sequence => !Bit(sequence)))
        {
            yield return $"{Describe([sequence])} never bit: every look found its target untouched.";
        }
    }

    public string Describe(IEnumerable<int> sequences) => string.Join(" and ", sequences.Order().Where(_intended.ContainsKey)
        .Select(sequence => _intended[sequence].Injection).Select(one => $"{one.Fault.Name} was on {one.Target.Id}"));
}
