using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>exec_in_pods.</summary>
internal static partial class PodExec
{
    /// <summary>Runs the program in each pod that has the container, one after the other. A pod without it is passed over, and without a name no pod has it.</summary>
    public static async Task<JsonNode?> RunAsync(ToolkitCall call, IReadOnlyList<JsonObject> pods)
    {
        var given = call.Arguments["cmd"];
        if (!call.Arguments.IsTrue("cmd"))
        {
            throw ToolkitCall.Fails("A command must be set to run a container");
        }

        var command = given is JsonArray words ? [.. words.Select(word => word.Text())] : Split(call.Arguments.Text("cmd"));
        var container = call.Arguments.TextOrNull("container_name") ?? "";
        var results = new JsonArray();
        foreach (var pod in pods.Where(pod => pod.Objects("spec", "containers").Any(one => one.Text("name") == container)))
        {
            var (code, said, output) = await OneAsync(call, pod.Name(), new ExecRequest { Container = container, Command = command });
            results.Add((JsonNode?)new JsonObject { ["pod_name"] = pod.Name(), ["exit_code"] = code, ["cmd"] = given!.DeepClone(), ["stdout"] = output, ["stderr"] = said });
        }

        return results;
    }

    // A code that is not 0 is a text, and stderr is the server's word about it, as its model has them.
    private static async Task<(JsonNode Code, string Said, string Output)> OneAsync(ToolkitCall call, string pod, ExecRequest request)
    {
        using var output = new MemoryStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(call.Arguments.Number("request_timeout")), call.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Abort, limit.Token);
        try
        {
            var end = await call.Client.ExecAsync(call.Space, pod, request, new ExecStreams(null, output, Stream.Null), either.Token);
            return end.ExitCode == 0
                ? (0, "", Encoding.UTF8.GetString(output.ToArray()))
                : ($"{end.ExitCode}", $"command terminated with non-zero exit code: exit status {end.ExitCode}", Encoding.UTF8.GetString(output.ToArray()));
        }
        catch (OperationCanceledException) when (!call.Abort.IsCancellationRequested)
        {
            return (1, "", Encoding.UTF8.GetString(output.ToArray()));
        }
    }

    /// <summary>Words as a shell would see them; nothing is expanded.</summary>
    internal static IReadOnlyList<string> Split(string text)
    {
        List<string> words = [];
        foreach (Match word in Words().Matches(text))
        {
            words.Add(Parts().Replace(word.Value, part => part.Groups[1].Success ? part.Groups[1].Value
                : part.Groups[2].Success ? Escaped().Replace(part.Groups[2].Value, "$1")
                : part.Groups[3].Value));
        }

        return words.Any(word => word.Length > 0) || text.Trim().Length == 0 ? words : throw PythonErrors.Raised(ToolkitCall.Failure, "ValueError", "No closing quotation");
    }

    [GeneratedRegex("""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""")]
    private static partial Regex Words();

    [GeneratedRegex("""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)""")]
    private static partial Regex Parts();

    [GeneratedRegex("""\\(["\\])""")]
    private static partial Regex Escaped();
}
