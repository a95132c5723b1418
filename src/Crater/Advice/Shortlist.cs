using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Faults;
using Crater.Risks;

namespace Crater.Advice;

/// <summary>
/// Everything that may be chosen for a topology, for an adviser who chooses by other means than the score: ids to pick from, the ranges in which parameters
/// may be set, and the proposal that a choice becomes. What is not in here cannot be proposed.
/// </summary>
public sealed class Shortlist
{
    private readonly Dictionary<string, (Candidate Candidate, double Score)> _byId;
    private readonly Drafting _drafting;
    private readonly AdviceOptions _options;

    private Shortlist(Topology topology, Advisory rules, (Candidate Candidate, double Score)[] ranked, Drafting drafting, AdviceOptions options)
    {
        (Topology, Rules, _drafting, _options) = (topology, rules, drafting, options);
        FreeFaults = FreeForm.Faults(options);
        _byId = ranked.ToDictionary(scored => scored.Candidate.Id, StringComparer.Ordinal);
        Offers = [.. ranked.Select(scored => Offer(scored.Candidate, scored.Score))];
    }

    public Topology Topology { get; }

    /// <summary>What the rules alone would advise.</summary>
    public Advisory Rules { get; }

    /// <summary>Best first, as the rules see it.</summary>
    public IReadOnlyList<Offer> Offers { get; }

    /// <summary>The faults that may be proposed on any component that <see cref="MayBeFree"/> allows, beside the offers.</summary>
    public IReadOnlyList<FaultDefinition> FreeFaults { get; }

    /// <exception cref="CraterException">CRT9302: the count is out of range.</exception>
    public static Shortlist Of(Topology topology, RiskCatalogue catalogue, AdviceOptions options)
    {
        var index = new TopologyIndex(topology);
        var rules = Advisor.Propose(topology, catalogue, options);
        var scoring = new Scoring(index, options);
        var ranked = new CandidateSource(index, catalogue, options).From(rules.Findings)
            .Select(candidate => (Candidate: candidate, Score: scoring.Of(candidate)))
            .OrderByDescending(scored => scored.Score).ThenBy(scored => scored.Candidate.Id, StringComparer.Ordinal).ToArray();
        return new Shortlist(topology, rules, ranked, new Drafting(index, options), options);
    }

    /// <summary>The proposal for an offer, with some parameters set to other values.</summary>
    /// <param name="tuned">Values by parameter, each one that <see cref="Problems"/> has nothing against.</param>
    /// <param name="wording">Who chose it, and what it says about it; null leaves the rules' words.</param>
    /// <exception cref="ArgumentException">There is no such offer, or a value is out of its range.</exception>
    public Proposal Draft(string id, IReadOnlyDictionary<string, string> tuned, Wording? wording = null)
    {
        if (!_byId.TryGetValue(id, out var scored) || Problems(id, tuned).Count > 0)
        {
            throw new ArgumentException($"There is no offer {id} with such parameters.", nameof(id));
        }

        var fault = scored.Candidate.Risk.Fault;
        Dictionary<string, string> arguments = new(fault.Arguments, StringComparer.Ordinal);
        foreach (var (name, value) in tuned)
        {
            arguments[name] = value;
        }

        var risk = scored.Candidate.Risk with { Fault = fault with { Arguments = arguments } };
        return _drafting.Draft(scored.Candidate with { Risk = risk }, scored.Score, wording);
    }

    /// <summary>Whether a fault may be proposed on a component although no offer has the two together.</summary>
    public bool MayBeFree(string fault, string component) =>
        Pair(fault, component) is { } pair && FreeForm.Fits(pair.Fault, pair.Component, Rules.Findings, _options)
        && !Offers.Any(offer => offer.Fault == fault && offer.Target == component);

    /// <summary>The proposal for such a pair, marked as not from the catalogue.</summary>
    /// <exception cref="ArgumentException"><see cref="MayBeFree"/> does not allow it.</exception>
    public Proposal DraftFree(string fault, string component, Wording wording) =>
        MayBeFree(fault, component) && Pair(fault, component) is { } pair
            ? _drafting.Draft(FreeForm.Candidate(pair.Fault, pair.Component), 0, wording) with { IsFreeForm = true }
            : throw new ArgumentException($"{fault} on {component} is not to be proposed freely.", nameof(fault));

    /// <summary>The same proposals, each with a file name of its own.</summary>
    public static IReadOnlyList<Proposal> WithSlugs(IEnumerable<Proposal> proposals) => Slugs.MakeUnique(proposals);

    /// <summary>What is wrong with setting these parameters of an offer: unknown ones, values that cannot be read or lie outside the range in which a test makes sense.</summary>
    public IReadOnlyList<string> Problems(string id, IReadOnlyDictionary<string, string> tuned)
    {
        if (!_byId.TryGetValue(id, out var scored))
        {
            return [$"there is no candidate {id}"];
        }

        List<string> problems = [];
        var fault = scored.Candidate.Risk.Fault;
        foreach (var (name, value) in tuned)
        {
            if (!fault.Ranges.TryGetValue(name, out var range))
            {
                problems.Add($"{name} cannot be set here; {(fault.Ranges.Count == 0 ? "nothing can" : "what can be is " + string.Join(", ", fault.Ranges.Keys.Order(StringComparer.Ordinal)))}");
                continue;
            }

            var parameter = scored.Candidate.Definition.Parameters.First(known => known.Name == name);
            if (ParameterRange.Problem(parameter, range.Min, range.Max, value) is { } problem)
            {
                problems.Add($"{name}: {problem}");
            }
        }

        return problems;
    }

    private (FaultDefinition Fault, Component Component)? Pair(string fault, string component) =>
        FreeFaults.FirstOrDefault(one => one.Name == fault) is { } known && Topology.Components.FirstOrDefault(one => one.Id == component) is { } found ? (known, found) : null;

    private static Offer Offer(Candidate candidate, double score) => new()
    {
        Id = candidate.Id,
        Risk = candidate.Risk.Id,
        Fault = candidate.Definition.Name,
        Target = candidate.Target.Id,
        Weak = candidate.Weak.Id,
        Node = candidate.Node,
        Rule = candidate.Primary.Rule,
        Answer = candidate.Primary.Answer,
        Severity = candidate.Primary.Severity,
        TestRisk = candidate.Risk.TestRisk,
        Score = score,
        Marks = [$"weakness {candidate.Primary.Id}", $"target {candidate.TargetAndFamily}"],
        Rules = [.. candidate.Findings.Select(finding => finding.Rule).Distinct().Order(StringComparer.Ordinal)],
        Ranges = [.. candidate.Risk.Fault.Ranges.OrderBy(range => range.Key, StringComparer.Ordinal).Select(range =>
            new OfferRange(range.Key, range.Value.Min, range.Value.Max, candidate.Risk.Fault.Arguments.GetValueOrDefault(range.Key, "")))],
    };
}

/// <summary>One candidate, without any text that comes from the system that is looked at.</summary>
public sealed record Offer
{
    /// <summary>Stable: risk and target, e.g. <c>DB-1:statefulset/shop/orders-db</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the risk.</summary>
    public required string Risk { get; init; }

    /// <summary>Canonical name of the fault.</summary>
    public required string Fault { get; init; }

    /// <summary>Id of the component that is hit.</summary>
    public required string Target { get; init; }

    /// <summary>Id of the component whose weakness is tested.</summary>
    public required string Weak { get; init; }

    /// <summary>The node that is hit; empty when none is.</summary>
    public required string Node { get; init; }

    /// <summary>The rule whose finding counts most.</summary>
    public required string Rule { get; init; }

    public required Answer Answer { get; init; }

    public required Severity Severity { get; init; }

    /// <value>Range: 1 (harmless) to 5.</value>
    public required int TestRisk { get; init; }

    /// <summary>What the rules give it; only the order has a meaning.</summary>
    public required double Score { get; init; }

    /// <summary>Two offers that share one of these are the same test for most purposes, and one list has only one of them.</summary>
    public required IReadOnlyList<string> Marks { get; init; }

    /// <summary>All rules that speak for it.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    /// <summary>The parameters that may be set, by name.</summary>
    public required IReadOnlyList<OfferRange> Ranges { get; init; }
}

/// <summary>Words of someone other than the rules, for a proposal. They are plain text without markup; whoever hands them in has seen to that.</summary>
/// <param name="Source">Who chose it, such as <c>model openai gpt-4o-mini</c>.</param>
/// <param name="Confidence">low, medium or high.</param>
public sealed record Wording(string Source, string Reason, string ExpectedImpact, string Confidence);

/// <param name="Name">The parameter.</param>
/// <param name="Min">Smallest value that makes sense, as written.</param>
/// <param name="Max">Largest one.</param>
/// <param name="Value">What it is when nobody sets it; empty for the fault's own default.</param>
public sealed record OfferRange(string Name, string Min, string Max, string Value);
