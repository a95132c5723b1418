using Crater.Models.Suggest;
using Crater.Reports.Causes;

namespace Crater.Models.Narrate;

/// <summary>
/// The facts of a run in few words, each with its id. Told are aliases, kinds, counts, figures, times and words of our own; of messages only their kind. No label, message, probe or guard of the
/// user's, document or answer.
/// </summary>
public sealed class EvidenceList
{
    /// <summary>What the facts may take; a run of a big application has more events than help.</summary>
    /// <value>Unit: tokens as <see cref="TokenEstimate"/> counts them.</value>
    private const int TokensMax = 6_000;

    private readonly Dictionary<FactKind, List<string>> _lines = [];

    /// <param name="anonymise">No name of a component is told.</param>
    /// <param name="readings">What a quarantined model took unclear messages for, by the id of the event.</param>
    public EvidenceList(CaseFile file, bool anonymise, IReadOnlyDictionary<string, MessageKind> readings)
    {
        var left = TokensMax;
        foreach (var fact in file.Facts.All.Where(fact => fact.Told.Length > 0))
        {
            var line = Line(fact, anonymise, readings);
            left -= TokenEstimate.Of(line + "\n");
            if (left < 0)
            {
                LeftOut++;
                continue;
            }

            if (!_lines.TryGetValue(fact.Kind, out var lines))
            {
                _lines[fact.Kind] = lines = [];
            }

            lines.Add(line);
        }

        Weaknesses = [.. file.Facts.All.Where(fact => fact.Kind == FactKind.Weakness).Select(fact => fact.Id)];
    }

    public int LeftOut { get; }

    /// <summary>The only things that may be named as a cause.</summary>
    public IReadOnlyList<string> Weaknesses { get; }

    /// <summary>What the prompt is filled with.</summary>
    public IReadOnlyDictionary<string, object> Data => new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["fault"] = Lines(FactKind.Fault),
        ["components"] = Lines(FactKind.Component),
        ["dependencies"] = Lines(FactKind.Dependency),
        ["weaknesses"] = Lines(FactKind.Weakness),
        ["words"] = Lines(FactKind.Name),
        ["figures"] = Lines(FactKind.Figure),
        ["events"] = Lines(FactKind.Event),
        ["left-out"] = LeftOut,
    };

    private List<string> Lines(FactKind kind) => _lines.GetValueOrDefault(kind) ?? [];

    private static string Line(Fact fact, bool anonymise, IReadOnlyDictionary<string, MessageKind> readings) => fact.Kind switch
    {
        FactKind.Component when !anonymise && Digest.IsName(fact.Value) => $"{fact.Id} {fact.Value}, {fact.Told}",
        FactKind.Event when readings.TryGetValue(fact.Id, out var kind) => $"{fact.Id} {fact.Told} ({kind.Text()}, as far as its message can be believed)",
        _ => $"{fact.Id} {fact.Told}",
    };
}
