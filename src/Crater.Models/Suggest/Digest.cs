using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Crater.Advice;
using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Models.Suggest;

/// <summary>What is told about a topology.</summary>
public sealed record DigestOptions
{
    /// <summary>No name of a component or namespace is told.</summary>
    public bool Anonymise { get; init; }

    /// <summary>Faults are listed for proposals beyond the candidates.</summary>
    public bool FreeForm { get; init; }

    /// <summary>What the whole prompt may take.</summary>
    /// <value>Unit: tokens as <see cref="TokenEstimate"/> counts them. Default: 11,500.</value>
    public int TokensMax { get; init; } = 11_500;

    /// <value>Default: 40.</value>
    public int CandidatesMax { get; init; } = 40;

    /// <summary>What is enough for an application of so many components: a small one should not be told at length.</summary>
    public static int TokensFor(int components) => Math.Clamp(2_900 + (25 * (components - 20)), 2_900, 11_500);
}

/// <summary>
/// A topology and its candidates in few words. Only what stands here is told: ids of our own, names that are valid names, kinds, tiers, counts, flags, and what code says about rules, risks and
/// faults. No label, annotation, environment variable, image, log or event, and nothing that a rule has observed, since all of these are words of others.
/// </summary>
public sealed partial class Digest
{
    /// <summary>What the words around the lists take.</summary>
    private const int TokensForWords = 900;

    private static readonly string[] Protected = ["kube-system", "kube-public", "kube-node-lease"];

    private readonly Dictionary<string, string> _aliases;
    private readonly Dictionary<string, string> _told;

    private Digest(Shortlist shortlist, DigestOptions options)
    {
        Shortlist = shortlist;
        Options = options;
        var offers = shortlist.Offers.Where(offer => !IsProtected(offer)).ToArray();
        CandidatesTotal = offers.Length;
        _aliases = [];
        Offers = new Dictionary<string, Offer>();
        (Rules, RuleLines, RiskLines, CandidateLines) = ([], [], [], []);
        List<Component> known;
        var listed = Distinct(offers, options.CandidatesMax);
        while (true)
        {
            known = Known(shortlist.Topology, listed);
            var digits = known.Count > 99 ? "000" : "00";
            _aliases = known.Select((component, i) => (component.Id, Alias: $"c{(i + 1).ToString(digits, CultureInfo.InvariantCulture)}"))
                .ToDictionary(pair => pair.Id, pair => pair.Alias, StringComparer.Ordinal);
            Offers = listed.Select((offer, i) => (Id: $"k{(i + 1).ToString("00", CultureInfo.InvariantCulture)}", Offer: offer)).ToDictionary(pair => pair.Id, pair => pair.Offer, StringComparer.Ordinal);
            Rules = [.. listed.SelectMany(offer => offer.Rules).Distinct().Order(StringComparer.Ordinal)];
            RuleLines = [.. Rules.Select(id => $"{id} {RuleBook.Find(id)?.Title}")];
            RiskLines = [.. listed.Select(offer => offer.Risk).Distinct().Order(StringComparer.Ordinal).Select(id => $"{id} {Plain(RiskCatalogue.BuiltIn.Find(id)?.FailureMode ?? "")}")];
            CandidateLines = [.. Offers.Select(pair => Line(pair.Key, pair.Value))];
            // Some room is left for components that no candidate is about: what depends on what is half of the reason for a choice.
            if (listed.Count <= 1 || TokensOfLists() <= options.TokensMax * 4 / 5)
            {
                break;
            }

            listed = listed[..^Math.Max(1, listed.Count / 8)];
        }

        ComponentLines = Fitting(known);
        _told = known.Take(ComponentLines.Count).ToDictionary(component => _aliases[component.Id], component => component.Id, StringComparer.Ordinal);
    }

    public Shortlist Shortlist { get; }

    public DigestOptions Options { get; }

    /// <summary>The candidates that are told, by the ids under which they are.</summary>
    public IReadOnlyDictionary<string, Offer> Offers { get; }

    /// <summary>The faults that may be proposed freely; empty where nothing may.</summary>
    public IReadOnlyList<FaultDefinition> FreeFaults => Options.FreeForm ? Shortlist.FreeFaults : [];

    /// <summary>The components that are told, by the ids under which they are.</summary>
    public IReadOnlyDictionary<string, string> Components => _told;

    /// <summary>Ids of the rules that speak for a candidate.</summary>
    public IReadOnlyList<string> Rules { get; }

    public IReadOnlyList<string> ComponentLines { get; }

    public IReadOnlyList<string> RuleLines { get; }

    public IReadOnlyList<string> RiskLines { get; }

    public IReadOnlyList<string> CandidateLines { get; }

    public int CandidatesTotal { get; }

    public static Digest Of(Shortlist shortlist, DigestOptions options) => new(shortlist, options);

    /// <summary>What the prompt is filled with.</summary>
    public IReadOnlyDictionary<string, object> Data(int count) => new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["count"] = count,
        ["anonymised"] = Options.Anonymise,
        ["components"] = ComponentLines,
        ["components-total"] = Shortlist.Topology.Components.Count,
        ["components-left-out"] = Shortlist.Topology.Components.Count - ComponentLines.Count,
        ["rules"] = RuleLines,
        ["risks"] = RiskLines,
        ["candidates"] = CandidateLines,
        ["candidates-total"] = CandidatesTotal,
        ["candidates-left-out"] = CandidatesTotal - CandidateLines.Count,
        ["free-form"] = FreeFaults.Count > 0,
        ["free-max"] = AdviceForm.FreeMax,
        ["faults"] = FreeFaults.Select(fault => $"{fault.Name}: {fault.Summary}").ToArray(),
    };

    /// <summary>A model's words with real names in place of aliases, for people.</summary>
    public string WithNames(string text)
    {
        var names = _aliases.ToDictionary(pair => pair.Value, pair => pair.Key.Split('/')[^1], StringComparer.Ordinal);
        return AliasWord().Replace(text, match => names.TryGetValue(match.Value, out var name) && IsName(name) ? name : match.Value);
    }

    /// <summary>The best, but of one weakness or of one target and family no more than two: the rest would be more of the same.</summary>
    private static List<Offer> Distinct(IEnumerable<Offer> offers, int max)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        List<Offer> listed = [];
        foreach (var offer in offers.Where(offer => offer.Marks.All(mark => seen.GetValueOrDefault(mark) < 2)))
        {
            if (listed.Count == max)
            {
                break;
            }

            listed.Add(offer);
            foreach (var mark in offer.Marks)
            {
                seen[mark] = seen.GetValueOrDefault(mark) + 1;
            }
        }

        return listed;
    }

    /// <summary>What candidates are about comes first, then what is nearest to people; the order is the same every time.</summary>
    private static List<Component> Known(Topology topology, IReadOnlyList<Offer> offers)
    {
        var named = offers.SelectMany(offer => new[] { offer.Target, offer.Weak }).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. topology.Components.Where(component => !Protected.Contains(component.Namespace)).OrderByDescending(component => named.Contains(component.Id))
                .ThenByDescending(component => component.IsEntryPoint).ThenByDescending(component => component.Criticality).ThenBy(component => component.Id, StringComparer.Ordinal),
        ];
    }

    private static bool IsProtected(Offer offer) => Protected.Any(space => offer.Target.Split('/') is [_, var its, ..] && its == space);

    private int TokensOfLists() => TokensForWords
        + RuleLines.Concat(RiskLines).Concat(CandidateLines).Concat(FreeFaults.Select(fault => $"{fault.Name}: {fault.Summary}")).Sum(line => TokenEstimate.Of(line + "\n"));

    private List<string> Fitting(IReadOnlyList<Component> known)
    {
        var left = Options.TokensMax - TokensOfLists();
        var edges = Shortlist.Topology.Dependencies.Where(edge => _aliases.ContainsKey(edge.To)).ToLookup(edge => edge.From, edge => _aliases[edge.To], StringComparer.Ordinal);
        List<string> lines = [];
        foreach (var component in known)
        {
            var line = Line(component, edges[component.Id]);
            left -= TokenEstimate.Of(line + "\n");
            if (left < 0)
            {
                break;
            }

            lines.Add(line);
        }

        return lines;
    }

    private string Line(Component component, IEnumerable<string> dependencies)
    {
        var line = new StringBuilder($"{_aliases[component.Id]} {TargetId.Text(component.Kind)}");
        if (!Options.Anonymise && IsName(component.Name))
        {
            line.Append(CultureInfo.InvariantCulture, $" {component.Name}");
        }

        line.Append(CultureInfo.InvariantCulture, $" {component.Tier.ToString().ToLowerInvariant()} x{component.Replicas} {component.Criticality:0.##}");
        line.Append(component.IsEntryPoint ? " entry" : "").Append(component.IsArticulationPoint ? " single-point" : "");
        line.Append(component.Ready < component.Replicas ? string.Create(CultureInfo.InvariantCulture, $" ready={component.Ready}") : "");
        var to = string.Join(' ', dependencies.Distinct().Order(StringComparer.Ordinal));
        return line.Append(to.Length > 0 ? $" -> {to}" : "").ToString();
    }

    private string Line(string id, Offer offer)
    {
        var line = new StringBuilder($"{id} {offer.Risk} {offer.Fault} {_aliases[offer.Target]}{(offer.Weak == offer.Target ? "" : $" for {_aliases[offer.Weak]}")}");
        line.Append(CultureInfo.InvariantCulture, $" | {string.Join(' ', offer.Rules)} {offer.Answer.ToString().ToLowerInvariant()} {offer.Severity.ToString().ToLowerInvariant()} | {offer.TestRisk}");
        return line.Append(offer.Ranges.Count == 0 ? "" : $" | {string.Join(", ", offer.Ranges.Select(range => $"{range.Name} {range.Min}..{range.Max}{(range.Value.Length > 0 ? $" ({range.Value})" : "")}"))}").ToString();
    }

    /// <summary>The catalogue's words, with the places for names filled with what they stand for.</summary>
    private static string Plain(string text) => text.Replace("{target}", "the target", StringComparison.Ordinal).Replace("{weak}", "the tested one", StringComparison.Ordinal);

    /// <summary>A name that is one, and no sentence.</summary>
    internal static bool IsName(string name) => Name().IsMatch(name);

    // DNS-1123, at most a label long: what is longer is told by its alias alone.
    [GeneratedRegex(@"^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\bc\d{2,5}\b")]
    private static partial Regex AliasWord();
}
