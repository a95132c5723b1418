using System.Text.Json.Nodes;
using static Crater.Experiments.Functions.FunctionParameter;

namespace Crater.Experiments.Functions;

/// <summary>chaosgrafana.k6: load from Grafana k6, which must be installed.</summary>
internal static class K6Functions
{
    private static readonly FunctionParameter Users = Optional("vus", "int", 1, "Virtual users.");
    private static readonly FunctionParameter Duration = Optional("duration", "str", "1s", "Such as 1h2m3s.");
    private static readonly FunctionParameter LogFile = Optional("log_file", "str", null, "Where k6's output goes; null drops it.");
    private static readonly FunctionParameter Debug = Optional("debug", "bool", false, "Shows k6's output on standard error.");

    public static IReadOnlyList<PythonFunction> All { get; } =
    [
        Function("chaosgrafana.k6.actions", "run_script", FunctionKind.Action, "Runs a k6 script.", Optional("script_path", "str", null, "The script; must be given."), Users, Duration,
            Optional("stages", "list", null, "List of {duration, target}; replaces vus and duration."), Optional("iterations", "int", null, "How often the script runs; replaces duration."),
            LogFile, Debug, Optional("environ", "dict", null, "Environment variables for the script.")),
        Function("chaosgrafana.k6.actions", "stress_endpoint", FunctionKind.Action, "Sends GET requests to one address as fast as its users can; any answer but 200 is a miss.",
            Optional("endpoint", "str", null, "The address; must be given."), Users, Duration, LogFile, Debug),
        Function("chaosgrafana.k6.probes", "http", FunctionKind.Probe, "Whether an address answers every request with the expected status.", new("endpoint", "str", "The address."),
            Optional("method", "str", "GET", "GET, POST, PUT, PATCH, DELETE or OPTIONS."), Optional("status", "int", 200, "The expected status."), Optional("body", "str", "", "The request's body."),
            Optional("headers", "dict", new JsonObject(), "The request's headers."), Users, Duration with { Default = "", Summary = "Such as 20s; empty means 1s." }, Debug,
            Optional("timeout", "int", 1, "For one request, in seconds.")),
    ];

    private static PythonFunction Function(string module, string name, FunctionKind kind, string summary, params FunctionParameter[] parameters) =>
        new(module, name, kind, summary)
        {
            Returns = "bool, whether k6 ran and its thresholds held",
            Parameters = parameters,
            Needs = "k6 on the PATH",
        };
}
