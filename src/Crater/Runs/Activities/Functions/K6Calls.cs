using System.ComponentModel;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities.Functions;

/// <summary>chaosgrafana.k6: starts k6 and waits for its end.</summary>
internal static class K6Calls
{
    private const int ThresholdsMissed = 99;
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete", "options"];

    public static IReadOnlyDictionary<string, NativeFunction> All { get; } = new Dictionary<string, NativeFunction>
    {
        ["chaosgrafana.k6.actions.run_script"] = RunScriptAsync,
        ["chaosgrafana.k6.actions.stress_endpoint"] = StressAsync,
        ["chaosgrafana.k6.probes.http"] = ProbeAsync,
    };

    private static Task<JsonNode?> RunScriptAsync(FunctionCall call, CancellationToken abort)
    {
        var script = call.TextOrNull("script_path") ?? throw PythonErrors.Failed("CRT2370", "run_script needs script_path, the k6 script to run.");
        var environment = (call["environ"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => Substitution.Written(pair.Value));
        return RunAsync(call, Options(call), script, environment, "", abort);
    }

    // Iterations and stages replace the duration, stages the number of users too.
    private static List<string> Options(FunctionCall call)
    {
        List<string> options = [];
        var hasStages = call.IsTrue("stages");
        if (call.IsTrue("iterations"))
        {
            options.AddRange(["--iterations", call.Text("iterations")]);
        }

        foreach (var stage in hasStages ? call["stages"] as JsonArray ?? throw WrongStages(call) : [])
        {
            var map = stage as JsonObject ?? throw WrongStages(call);
            options.AddRange(["--stage", $"{Substitution.Written(map["duration"])}:{Substitution.Written(map["target"])}"]);
        }

        if (call.IsTrue("vus") && !hasStages)
        {
            options.AddRange(["--vus", call.Text("vus")]);
        }

        if (call.IsTrue("duration") && !hasStages && !call.IsTrue("iterations"))
        {
            options.AddRange(["--duration", call.Text("duration")]);
        }

        return options;
    }

    private static ActivityFailedException WrongStages(FunctionCall call) =>
        PythonErrors.WrongType("stages must be a list of maps with duration and target", call.Function, "stages");

    private static Task<JsonNode?> StressAsync(FunctionCall call, CancellationToken abort)
    {
        var endpoint = call.TextOrNull("endpoint") ?? throw PythonErrors.Failed("CRT2370", "stress_endpoint needs endpoint, the address to ask.");
        var environment = new Dictionary<string, string> { ["CHAOS_K6_URL"] = endpoint };
        return RunAsync(call, ["--vus", call.Text("vus"), "--duration", call.Text("duration")], "-", environment, K6Scripts.Stress, abort);
    }

    private static Task<JsonNode?> ProbeAsync(FunctionCall call, CancellationToken abort)
    {
        if (call.Whole("status") is < 100 or > 999)
        {
            throw PythonErrors.Raised("CRT2360", "ValueError", "Invalid HTTP Response status code expection");
        }

        if (!Methods.Contains(call.Text("method").ToLowerInvariant()))
        {
            throw PythonErrors.Raised("CRT2360", "ValueError", "Invalid HTTP Request method", $"Take {string.Join(", ", Methods)}.");
        }

        var endpoint = call.TextOrNull("endpoint") ?? throw PythonErrors.Raised("CRT2360", "ValueError", "Endpoint is a required argument");
        var environment = new Dictionary<string, string>
        {
            ["CHAOS_K6_URL"] = endpoint,
            ["CHAOS_K6_METHOD"] = call.Text("method"),
            ["CHAOS_K6_STATUS"] = call.Text("status"),
            ["CHAOS_K6_BODY"] = call.Text("body"),
            ["CHAOS_K6_HEADERS"] = (call["headers"] ?? new JsonObject()).ToJsonString(),
            ["CHAOS_K6_VUS"] = call.Text("vus"),
            ["CHAOS_K6_DURATION"] = call.Text("duration"),
            ["CHAOS_K6_HTTP_TIMEOUT"] = call.Text("timeout"),
        };
        return RunAsync(call, [], "-", environment, K6Scripts.Probe, abort);
    }

    private static async Task<JsonNode?> RunAsync(
        FunctionCall call, IEnumerable<string> options, string script, Dictionary<string, string> environment, string input, CancellationToken abort)
    {
        var program = ChildProgram.Find("k6") ?? throw PythonErrors.Failed("CRT2369", "k6 is not on the PATH.", $"Install Grafana k6; {call.Function.FullName} starts it.");
        await using var log = Log(call);
        var child = new ChildProgram(program, ["run", "--quiet", .. options, script])
        {
            Environment = environment,
            Input = input,
            Line = log is not null ? line => log.WriteLine(call.Secrets.Mask(line)) : call.IsTrue("debug") ? line => Console.Error.WriteLine(call.Secrets.Mask(line)) : null,
        };
        try
        {
            var end = await child.RunAsync(call.Clock, abort);
            return end.Code switch
            {
                0 => true,
                ThresholdsMissed => false,

                // Neither held nor missed: the script did not run as it should have, and that is no measurement.
                var code => throw PythonErrors.Failed("CRT2370", $"k6 ended with {code}: {Last(end.Tail)}"),
            };
        }
        catch (Win32Exception error)
        {
            throw PythonErrors.Failed("CRT2369", $"k6 at {program} cannot be started: {error.Message}");
        }
    }

    private static StreamWriter? Log(FunctionCall call)
    {
        if (call.TextOrNull("log_file") is not { Length: > 0 } path)
        {
            return null;
        }

        try
        {
            return new StreamWriter(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw PythonErrors.Failed("CRT2370", $"The log file {path} of k6 cannot be written: {error.Message}");
        }
    }

    private static string Last(string tail) => tail.Length == 0 ? "it said nothing." : tail.Length <= 500 ? tail : tail[^500..];
}
