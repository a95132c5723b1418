using Crater.Journals;
using Crater.Measurements;

namespace Crater.Reports.Causes;

/// <summary>What was observed, in the order in which it spread: the fault, what it was on, who depends on that, and the users last.</summary>
internal sealed class ObservedChain(ReportFacts facts, Spread spread, Harm harm, FactBook book)
{
    /// <summary>Components that felt it; further away than these everything repeats.</summary>
    private const int ComponentsMax = 8;

    public IEnumerable<Statement> Write() => [.. Fault(), .. Components(), .. Spared(), .. Users(), .. Probes()];

    private IEnumerable<Statement> Fault()
    {
        var injected = facts.Stories.Select(story => story.Injected).OfType<InjectionInjected>().Select(EventFacts.IdOf).Where(Knows).Take(3).ToArray();
        var length = Knows("fault.length") ? " for {fault.length}" : "";
        if (injected.Length > 0)
        {
            yield return Observed($"Crater put {{fault}} in place at {{fault.begin}} UTC{length}. That is the test, not the cause.", injected);
        }
    }

    private IEnumerable<Statement> Components() => spread.Components.Select(Component).OfType<Statement>().Take(ComponentsMax);

    private Statement? Component(string id)
    {
        var hits = facts.Impacts.Where(impact => impact.Component == id && impact is { IsService: true, WasHit: true }).ToList();
        if (hits.Count == 0 || book.Alias(id) is not { Length: > 0 } alias)
        {
            return null;
        }

        var through = book.Alias(spread.Through(id));
        var who = spread.Steps(id) == 0 ? $"{{{alias}}}, where the fault was" : through.Length > 0 ? $"{{{alias}}}, which depends on {{{through}}}" : $"{{{alias}}}";
        return Observed($"{who}: {string.Join("; ", hits.Select(Moved))}.", [.. Edge(alias, through), .. hits.Select(hit => $"{FigureFacts.Stem(book, hit)}.worst")]);
    }

    private IEnumerable<Statement> Spared()
    {
        var spared = spread.Components.Where(id => spread.Steps(id) > 0 && facts.Impacts.Any(impact => impact.Component == id && impact is { IsService: true, WasHit: false })
            && !facts.Impacts.Any(impact => impact.Component == id && impact is { IsService: true, WasHit: true })).Take(ComponentsMax).ToList();
        if (spared.Count > 0 && harm.Components.Count + harm.Users.Count > 0)
        {
            yield return Observed($"Measured and not hit, although {(spared.Count == 1 ? "it depends" : "they depend")} on it: {string.Join(", ", spared.Select(id => $"{{{book.Alias(id)}}}"))}.",
                [.. spared.SelectMany(id => Edge(book.Alias(id), book.Alias(spread.Through(id))))]);
        }
    }

    private IEnumerable<Statement> Users()
    {
        if (harm.Users.Count > 0)
        {
            yield return Observed($"Users: {string.Join("; ", harm.Users.Select(Moved))}.", [.. harm.Users.Select(hit => $"{FigureFacts.Stem(book, hit)}.worst")]);
        }
        else if (facts.UserImpacts.FirstOrDefault(impact => impact.WasHit == false) is { } calm)
        {
            var stem = FigureFacts.Stem(book, calm);
            yield return Observed($"Users did not feel it: {Wording.Name(calm.Metric).ToLowerInvariant()} was at worst {{{stem}.worst}}, before {{{stem}.before}}.", $"{stem}.worst");
        }
    }

    private IEnumerable<Statement> Probes()
    {
        foreach (var probe in harm.Missed.Where(probe => Knows(EventFacts.IdOf(probe))))
        {
            var kind = MessageKinds.Of(probe.Seen);
            yield return Observed($"The probe {{{book.Name("p", probe.Probe)}}} missed its tolerance{(kind is MessageKind.None or MessageKind.Unclear or MessageKind.OutOfRange ? "" : $" ({kind.Text()})")}.", EventFacts.IdOf(probe));
        }

        foreach (var guard in harm.Tripped.Where(guard => Knows(EventFacts.IdOf(guard))))
        {
            yield return Observed($"The guard {{{book.Name("g", guard.Guard)}}} saw what must not be and ended the run.", EventFacts.IdOf(guard));
        }
    }

    private string Moved(Impact impact)
    {
        var stem = FigureFacts.Stem(book, impact);
        var verb = Impact.LessIsWorse(impact.Metric) ? "fell" : "rose";
        var first = Knows($"{stem}.left") ? $", first seen {{{stem}.left}} from the fault's begin" : ", with the fault";
        var back = Knows($"{stem}.back") ? $", as before {{{stem}.back}} after it" : ", and was not as before again while it was watched";
        return $"{Wording.Name(impact.Metric).ToLowerInvariant()} {verb} from {{{stem}.before}} to {{{stem}.worst}}{first}{back}";
    }

    private IEnumerable<string> Edge(string from, string to) => to.Length > 0 && Knows(FactBook.DependencyId(from, to)) ? [FactBook.DependencyId(from, to)] : [];

    private bool Knows(string id) => book.Find(id) is not null;

    private static Statement Observed(string text, params string[] cites) => new(Part.Observed, text, cites);
}
