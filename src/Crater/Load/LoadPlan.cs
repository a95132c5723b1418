using Crater.Diagnostics;

namespace Crater.Load;

/// <summary>What traffic is sent: a fixed arrival rate, whatever the answers do (an open loop).</summary>
public sealed record LoadPlan
{
    /// <summary>The highest rate one process of the built-in generator accepts; beyond it a distributed engine is the right tool.</summary>
    public const double RateMax = 20_000;

    /// <summary>Arrivals of all scenarios together.</summary>
    /// <value>Unit: requests per second. Range: above 0, at most <see cref="RateMax"/>. No default.</value>
    public required double Rate { get; init; }

    /// <summary>What is requested, each with its share of the arrivals.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>An answer that is not complete after this long, counted from the real sending, is an error of kind timeout.</summary>
    /// <value>Range: above 0. Default: 5 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that may wait for an answer at once; arrivals beyond that are not sent and count as errors of kind unsent.</summary>
    /// <value>Range: 1 to 20,000. Default: 1,000.</value>
    public int ConcurrencyMax { get; init; } = 1_000;

    /// <summary>Decides the order of scenarios. The same seed gives the same order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long arrivals go on; null until the generator is stopped.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Every problem with the plan; empty when it can be run.</summary>
    public IReadOnlyList<Problem> Check()
    {
        List<Problem> problems = [];
        void Demand(bool holds, string path, string code, string message)
        {
            if (!holds)
            {
                problems.Add(new Problem(path, code, message));
            }
        }

        Demand(Rate is > 0 and <= RateMax, "load.rate", "CRT7001",
            $"The rate is {Rate} requests per second; it must be above 0 and at most {RateMax}. Use a distributed load engine beyond that.");
        Demand(Timeout > TimeSpan.Zero, "load.timeout", "CRT7002", $"The timeout is {Timeout}; it must be above 0.");
        Demand(ConcurrencyMax is >= 1 and <= 20_000, "load.concurrency-max", "CRT7002",
            $"concurrency-max is {ConcurrencyMax}; it must be between 1 and 20000.");
        Demand(Scenarios.Count > 0, "load.scenarios", "CRT7003", "The load has no scenario; name at least one URL.");
        for (var index = 0; index < Scenarios.Count; index++)
        {
            var scenario = Scenarios[index];
            Demand(scenario.Weight > 0 && double.IsFinite(scenario.Weight), $"load.scenarios[{index}].weight", "CRT7003",
                $"Scenario '{scenario.Name}' has the weight {scenario.Weight}; it must be above 0.");
            Demand(scenario.Url.IsAbsoluteUri && scenario.Url.Scheme is "http" or "https", $"load.scenarios[{index}].url", "CRT7003",
                $"Scenario '{scenario.Name}' asks for '{scenario.Url}'; give a whole http or https URL.");
        }

        return problems;
    }
}

/// <summary>One kind of request.</summary>
/// <param name="Name">For people and for the totals per scenario.</param>
/// <param name="Weight">Relative to the other scenarios' weights. Range: above 0.</param>
/// <param name="Method">HTTP method.</param>
public sealed record Scenario(string Name, double Weight, string Method, Uri Url)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Sent as it is; null for a request without a body.</summary>
    public byte[]? Body { get; init; }

    /// <value>Default: <c>application/json</c>. Only sent with a body.</value>
    public string ContentType { get; init; } = "application/json";
}
