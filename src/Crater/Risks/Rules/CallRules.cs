using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>What a caller does when the other side is slow, failing or away. Known only where the application declares it; else unknown.</summary>
internal static class CallRules
{
    /// <summary>More tries than this multiply a failure instead of hiding it (a retry budget of 10 % is the usual advice; 3 tries are common practice).</summary>
    private const int RetriesMax = 3;

    /// <summary>A caller that waits longer than this holds its own callers up (users leave after some seconds).</summary>
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromSeconds(10);

    public static IEnumerable<Rule> All =>
    [
        new("WK-TIMEOUT", 1, "A call without a timeout waits as long as the other side is slow", Severity.High, Look.Workloads, ["NET-2", "DB-4"], Timeouts),
        new("WK-RETRY", 1, "Retries without a bound multiply a failure", Severity.High, Look.Workloads, ["GW-3"], Retries),
        new("WK-RETRY-LAYERS", 1, "Retries at two layers of one path multiply each other", Severity.Medium, Look.Workloads, ["GW-3"], Layers),
        new("WK-BREAKER", 1, "No circuit breaker: a dead dependency is asked again and again", Severity.Low, Look.Workloads, ["NET-4"], Breaker),
    ];

    private static IEnumerable<Observation> Timeouts(TopologyIndex index) => Edges(index).Select(edge =>
    {
        var found = Declarations.Find(edge.From, edge.To, "client-timeout", "timeout");
        return Answered(edge, found, text => Declarations.SaysNo(text) || (Declarations.Timeout(text) is { } timeout && timeout > TimeoutMax)) with
        {
            Suggests = TopologyIndex.KeepsState(edge.To) ? ["DB-4"] : ["NET-2"],
        };
    });

    private static IEnumerable<Observation> Retries(TopologyIndex index) => Edges(index).Select(edge =>
        Answered(edge, Declarations.Find(edge.From, edge.To, "retries", "retry"), TooMany));

    private static bool TooMany(string text) => Declarations.IsOneOf(text, "unlimited", "infinite", "unbounded", "forever")
        || Declarations.Number(text) > RetriesMax;

    private static IEnumerable<Observation> Layers(TopologyIndex index) =>
        from edge in Edges(index)
        let outer = Declarations.Find(edge.From, edge.To, "retries", "retry")
        where outer is not null && Retrying(outer.Text)
        from next in index.DependenciesOf(edge.To).Select(d => index.Find(d.To)!)
        let inner = Declarations.Find(edge.To, next, "retries", "retry")
        where inner is not null && Retrying(inner.Text)
        select new Observation(
            edge.From.Id, $"{edge.From.Id} calls {edge.To.Id} calls {next.Id}", $"retries {outer.Text} × {inner.Text}",
            (Declarations.Number(outer.Text) ?? 9) * (Declarations.Number(inner.Text) ?? 9) > RetriesMax * RetriesMax
                ? Answer.Violated : Answer.Satisfied)
        { Hits = [next.Id] };

    private static bool Retrying(string text) => !Declarations.IsOneOf(text, "none", "no", "false", "off") && Declarations.Number(text) is not 0;

    private static IEnumerable<Observation> Breaker(TopologyIndex index) => Edges(index)
        .Select(edge => (edge, Found: Declarations.Find(edge.From, edge.To, "breaker", "circuit-breaker")))
        .Where(seen => seen.Found is not null)
        .Select(seen => Answered(seen.edge, seen.Found, Declarations.SaysNo));

    private static IEnumerable<(Component From, Component To)> Edges(TopologyIndex index) =>
        from component in index.LongRunning
        from edge in index.DependenciesOf(component)
        let to = index.Find(edge.To)!
        where to.Replicas > 0
        select (component, to);

    private static Observation Answered((Component From, Component To) edge, Declaration? found, Func<string, bool> violated)
    {
        var answer = found is not { } declared ? Answer.Unknown : violated(declared.Text) ? Answer.Violated : Answer.Satisfied;
        return new Observation(
            edge.From.Id,
            $"{edge.From.Id} calls {edge.To.Id}",
            found is { } seen ? $"declares {seen.Key}: {seen.Text}" : "nothing is declared",
            answer)
        { Hits = [edge.To.Id] };
    }
}
