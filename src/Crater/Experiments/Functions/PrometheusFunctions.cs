using static Crater.Experiments.Functions.FunctionParameter;

namespace Crater.Experiments.Functions;

/// <summary>chaosprometheus: queries of a Prometheus server.</summary>
internal static class PrometheusFunctions
{
    private const string Moment = "RFC 3339 date, seconds since 1970, or such as \"5 minutes ago\", \"now\", \"yesterday\"; a date without zone is UTC.";
    private static readonly FunctionParameter Query = new("query", "str", "PromQL.");
    private static readonly FunctionParameter Timeout = Optional("timeout", "float", null, "How long the server may evaluate, in seconds; null leaves it to the server.");
    private static readonly FunctionParameter Verify = Optional("verify_tls", "bool", true, "Whether the server's certificate is checked.");
    private static readonly FunctionParameter Window = Optional("window", "str", "1d", "How far back, such as 90s, 10m, 6h, 1d, or \"2 hours ago\".");

    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        Function("query", "The answer of an instant query.", "dict, as the server gives it", Query, Optional("when", "str", null, Moment), Timeout, Verify),
        Function("query_interval", "The answer of a range query.", "dict, as the server gives it", Query, new("start", "str", Moment), new("end", "str", Moment),
            Optional("step", "int", 1, "Between two points, in seconds."), Timeout, Verify),
        Function("compute_mean", "The mean of the points of the first series that a query gives over a window; it is asked for 300 of them.", "float", Query, Window,
            Optional("mean_type", "str", "arithmetic", "arithmetic, geometric or harmonic.")),
        Function("nodes_cpu_usage_mean", "The mean share of time that the processors of all nodes were busy, from node_cpu_seconds_total.", "float, in percent", Window),
    ];

    private static PythonFunction Function(string name, string summary, string returns, params FunctionParameter[] parameters) =>
        new("chaosprometheus.probes", name, FunctionKind.Probe, summary)
        {
            Returns = returns,
            Parameters = parameters,
            Configuration = ["prometheus_base_url"],
            TakesSecrets = true,
            Needs = "a Prometheus server",
        };
}
