using Crater.Journals;
using Crater.Tests.Advice.Recall;

namespace Crater.Benchmarks;

/// <summary>
/// When a refuted run counts as proof of a planted weakness: the fault hit what the answer key names, and what refuted the hypothesis is the measure at which this weakness shows, and no other.
/// </summary>
/// <param name="Measures">Words of which one must stand in a reason of the verdict: names of probes, or of a guard's metric.</param>
/// <param name="Shows">What the measure says when the weakness is there, for people.</param>
internal sealed record Proof(Weakness Weakness, IReadOnlyList<string> Measures, string Shows)
{
    private const string Errors = "requests succeed";

    /// <summary>
    /// Another planted weakness hides it from users where both are: front-end repeats without limit (W5) what the starting pod of catalogue (W2) refuses, until the other pod answers. The
    /// experiment is then run a second time on the variant that has this weakness alone, and that run counts.
    /// </summary>
    public bool IsHidden { get; init; }

    private const string Latency = "requests are answered in time";

    public static IReadOnlyList<Proof> All { get; } =
    [
        Of("W1", "users' requests fail while the only store is away", Errors, "error_rate"),
        Of("W2", "users get errors, or wait while their requests are repeated, as long as the new pod starts", Errors, Latency, "error_rate") with { IsHidden = true },
        Of("W3", "no pod of carts is left while its node is emptied: none is ready, or users' requests fail", "one pod is ready", Errors),
        Of("W4", "orders itself answers later than payment, which takes 5 s", "the caller gives up in time"),
        Of("W5", "users wait for an answer that only repeats", Latency, "latency_p95"),
        Of("W6", "memory of recommender beyond three times what it asks for", "memory stays bounded"),
        Of("W7", "logins and checkouts fail", Errors, "error_rate"),
        Of("W8", "pods of carts are restarted", "the pods of the caller stay ready", "the caller is not restarted"),
        Of("W9", "more parcels than orders", "its work is done once"),
        Of("W10", "checkouts fail because no connection is free", Errors, "error_rate"),
        Of("W11", "requests in hand are cut off", Errors, "error_rate"),
    ];

    public bool IsGivenBy(Suggestion suggestion, Verdict verdict, IReadOnlyList<string> reasons) =>
        verdict == Verdict.Refuted && suggestion.Shows(Weakness) && reasons.Any(reason => Measures.Any(measure => reason.Contains(measure, StringComparison.Ordinal)));

    private static Proof Of(string id, string shows, params string[] measures) => new(Weakness.All.Single(weakness => weakness.Id == id), measures, shows);
}
