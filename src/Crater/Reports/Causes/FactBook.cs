using System.Globalization;
using Crater.Targets;

namespace Crater.Reports.Causes;

/// <summary>Everything about a run that a sentence may cite, by id. The same folder gives the same ids.</summary>
public sealed class FactBook
{
    private readonly Dictionary<string, Fact> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>In the order in which they are told: components, who depends on whom, the fault, weaknesses, figures, events.</summary>
    public IReadOnlyCollection<Fact> All => _byId.Values;

    public Fact? Find(string id) => _byId.GetValueOrDefault(id);

    internal static FactBook From(ReportFacts facts, Spread spread, IReadOnlyList<SuspectedWeakness> weaknesses)
    {
        var book = new FactBook();
        book.AddComponents(facts, spread, weaknesses);
        book.AddWeaknesses(weaknesses);
        FigureFacts.AddTo(book, facts, spread);
        EventFacts.AddTo(book, facts);
        book.Add(new Fact("seed", FactKind.Name, "events.jsonl", "") { Value = facts.Plan.Seed.ToString(CultureInfo.InvariantCulture) });
        return book;
    }

    internal void Add(Fact fact) => _byId.TryAdd(fact.Id, fact);

    /// <summary>The alias of a component, <c>c03</c>; empty when it is none of those that the run was about.</summary>
    internal string Alias(string component) => _aliases.GetValueOrDefault(component, "");

    /// <summary>The id that stands for the name of a probe or a guard.</summary>
    /// <param name="kind">p or g.</param>
    internal string Name(string kind, string name)
    {
        if (_names.TryGetValue($"{kind} {name}", out var known))
        {
            return known;
        }

        var id = $"{kind}{_names.Keys.Count(key => key[0] == kind[0]) + 1}";
        _names[$"{kind} {name}"] = id;
        Add(new Fact(id, FactKind.Name, name, "") { Value = $"'{name}'" });
        return id;
    }

    internal static string IdOf(SuspectedWeakness weakness, Func<string, string> alias)
    {
        var own = alias(weakness.Finding.Component);
        // Of a rule about calls there is one finding for each call.
        var to = weakness.Finding.Object.Contains(" calls ", StringComparison.Ordinal) ? weakness.Finding.Hits.Select(alias).FirstOrDefault(known => known.Length > 0) : null;
        return to is null ? $"{own}.{weakness.Finding.Rule}" : $"{own}.{to}.{weakness.Finding.Rule}";
    }

    internal string IdOf(SuspectedWeakness weakness) => IdOf(weakness, Alias);

    internal static string DependencyId(string from, string to) => $"{from}.calls.{to}";

    private void AddComponents(ReportFacts facts, Spread spread, IReadOnlyList<SuspectedWeakness> weaknesses)
    {
        var topology = facts.Evidence.Topology;
        var known = (topology?.Components ?? []).ToDictionary(component => component.Id, StringComparer.Ordinal);
        var near = spread.Components.Concat(facts.Impacts.Select(impact => impact.Component)).Concat(weaknesses.SelectMany(weakness => weakness.Finding.Hits.Prepend(weakness.Finding.Component)))
            .Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal);
        var order = known.Keys.Concat(near).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var id in order.Where(near.Contains))
        {
            // By its place among all components, so that the id does not hang on what else this release looks at.
            var alias = $"c{(order.IndexOf(id) + 1).ToString(order.Count > 99 ? "000" : "00", CultureInfo.InvariantCulture)}";
            _aliases[id] = alias;
            var hit = spread.Hit.Contains(id) ? " hit by the fault" : "";
            var told = known.TryGetValue(id, out var component)
                ? string.Create(CultureInfo.InvariantCulture, $"{TargetId.Text(component.Kind)} {component.Tier.ToString().ToLowerInvariant()} x{component.Replicas}{(component.IsEntryPoint ? " entry" : "")}{hit}")
                : $"not in the topology{hit}";
            Add(new Fact(alias, FactKind.Component, Wording.Short(id), told) { Value = Wording.Short(id), Component = id });
        }

        foreach (var edge in (topology?.Dependencies ?? []).Where(edge => edge.From != edge.To && Alias(edge.From).Length > 0 && Alias(edge.To).Length > 0))
        {
            Add(new Fact(DependencyId(Alias(edge.From), Alias(edge.To)), FactKind.Dependency, $"{Wording.Short(edge.From)} → {Wording.Short(edge.To)}", $"{Alias(edge.From)} depends on {Alias(edge.To)}")
            {
                Component = edge.From,
            });
        }
    }

    private void AddWeaknesses(IReadOnlyList<SuspectedWeakness> weaknesses)
    {
        foreach (var weakness in weaknesses)
        {
            var (finding, rule) = (weakness.Finding, Risks.RuleBook.Find(weakness.Finding.Rule)!);
            var to = finding.Hits.Select(Alias).FirstOrDefault(alias => alias.Length > 0 && alias != Alias(finding.Component));
            Add(new Fact(
                IdOf(weakness), FactKind.Weakness, $"{finding.Rule} of {Wording.Short(finding.Component)}",
                $"{(weakness.IsSeen ? "seen" : "not known to be absent")}, {finding.Severity.ToString().ToLowerInvariant()}: {rule.Title} | of {Alias(finding.Component)}{(to is null ? "" : $", where it depends on {to}")}{(weakness.IsTested ? " | this run tests it" : "")}")
            {
                Value = finding.Observed,
                Component = finding.Component,
            });
            AddWords(weakness, rule.Title);
        }
    }

    /// <summary>The catalogue's own words about a weakness, each a slot.</summary>
    private void AddWords(SuspectedWeakness weakness, string title)
    {
        var (id, risk) = (IdOf(weakness), weakness.Risk);
        var hit = weakness.Finding.Hits.FirstOrDefault(one => Alias(one).Length > 0) ?? weakness.Finding.Component;
        string Filled(string text, Func<string, string> name) => text.Replace("{target}", name(hit), StringComparison.Ordinal).Replace("{weak}", name(weakness.Finding.Component), StringComparison.Ordinal);
        void Words(string part, string text) => Add(new Fact($"{id}.{part}", FactKind.Name, $"risk {risk.Id}", Filled(text, Alias)) { Value = Filled(text, Wording.Short), Component = weakness.Finding.Component });
        Words("title", title);
        Words("risk", $"risk {risk.Id}");
        Words("mode", risk.FailureMode);
        for (var step = 0; step < risk.Prevention.Count; step++)
        {
            Words($"{Prevention}{step + 1}", risk.Prevention[step]);
        }
    }

    private const string Prevention = "prevention-";

    /// <summary>Ids of the steps that prevent a weakness, in order.</summary>
    internal IEnumerable<string> Steps(string weakness) => _byId.Keys.Where(id => id.StartsWith($"{weakness}.{Prevention}", StringComparison.Ordinal));
}
