using System.Runtime.CompilerServices;
using Crater.Advice;
using Crater.Discovery;
using Crater.Documents;
using Crater.Experiments;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Tests.Advice.Recall;

/// <summary>What a policy answered.</summary>
/// <param name="Suggestions">Best first.</param>
/// <param name="Invalid">How many of them could not be run as they are.</param>
/// <param name="Tokens">What the question took of a model's input; 0 where none is asked.</param>
internal sealed record PolicyAnswer(IReadOnlyList<Suggestion> Suggestions, int Invalid, long Tokens = 0);

/// <summary>A way of choosing what to break.</summary>
/// <param name="Name">As it stands in tables.</param>
/// <param name="IsDrawn">The answer depends on the seed, so that one says little.</param>
internal sealed record Policy(string Name, bool IsDrawn, Func<Topology, int, int, CancellationToken, Task<PolicyAnswer>> SuggestAsync)
{
    public static Policy Rules { get; } = new("rules", false, (topology, count, _, _) =>
        Task.FromResult(Of(Advisor.Propose(topology, RiskCatalogue.BuiltIn, new AdviceOptions { Count = count }).Proposals, topology)));

    /// <summary>Any fault on any component that can have it.</summary>
    public static Policy Random { get; } = new("random", true, (topology, count, seed, _) => Task.FromResult(Drawn(Pools.Everything(topology), count, seed)));

    /// <summary>The tests that the catalogue of risks has for this topology, in any order: what the catalogue knows without the order of the rules.</summary>
    public static Policy RandomCandidate { get; } = new("random among candidates", true, (topology, count, seed, _) => Task.FromResult(Drawn(Pools.Candidates(topology), count, seed)));

    /// <summary>Component after component by id, each with the next fault of the catalogue, from a place that the seed gives.</summary>
    public static Policy RoundRobin { get; } = new("round-robin", true, (topology, count, seed, _) =>
    {
        var turns = Pools.Turns(topology);
        return Task.FromResult(new PolicyAnswer([.. Enumerable.Range(seed, count).Select(i => turns[i % turns.Length][i % turns[i % turns.Length].Length])], Invalid: 0));
    });

    /// <summary>Proposals as they would be run: the target must be there, the document must be read without a problem, and its selector must find that component and no other.</summary>
    public static PolicyAnswer Of(IReadOnlyList<Proposal> proposals, Topology topology, long tokens = 0) => new(
        [.. proposals.Select(proposal => new Suggestion(proposal.Component, proposal.Fault.Name))],
        proposals.Count(proposal => !RecallScore.IsValid(new Suggestion(proposal.Component, proposal.Fault.Name), topology) || !CanBeRun(proposal, topology)),
        tokens);

    // Drawn from what is valid, so that what chance finds is not made small by nonsense.
    private static PolicyAnswer Drawn(IReadOnlyList<Suggestion> pool, int count, int seed)
    {
        var all = pool.ToArray();
        new Random(seed).Shuffle(all);
        return new PolicyAnswer([.. all.Take(count)], Invalid: 0);
    }

    private static bool CanBeRun(Proposal proposal, Topology topology)
    {
        var reading = ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions());
        return reading.Problems.Count == 0 && reading.OrThrow().Method.Select(activity => activity.Provider).OfType<FaultProvider>().SingleOrDefault() is { } fault
            && (fault.Target.Kind != TargetKind.Pod
                || topology.Components.Where(component => component.Namespace == fault.Target.Namespace && component.Selector == fault.Target.Labels).Select(component => component.Id).SequenceEqual([proposal.Component]));
    }

    /// <summary>What can be drawn from, computed once for each topology.</summary>
    private static class Pools
    {
        private static readonly ConditionalWeakTable<Topology, Suggestion[]> All = [], Known = [];

        private static readonly ConditionalWeakTable<Topology, Suggestion[][]> ByComponent = [];

        public static Suggestion[] Everything(Topology topology) => All.GetValue(topology, one => [.. RecallScore.Everything(one)]);

        public static Suggestion[] Candidates(Topology topology) => Known.GetValue(topology, one =>
            [.. Shortlist.Of(one, RiskCatalogue.BuiltIn, new AdviceOptions()).Offers.Select(offer => new Suggestion(offer.Target, offer.Fault)).Distinct()]);

        public static Suggestion[][] Turns(Topology topology) => ByComponent.GetValue(topology, one =>
            [.. Everything(one).GroupBy(pair => pair.Component).OrderBy(turn => turn.Key, StringComparer.Ordinal).Select(turn => turn.ToArray())]);
    }
}
