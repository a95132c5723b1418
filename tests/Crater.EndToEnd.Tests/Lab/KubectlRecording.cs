using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>Plays what a real cluster answered to kubectl against another cluster, and says where the answers differ.</summary>
internal sealed partial class KubectlRecording(string kubeconfig)
{
    /// <summary>How long a step may be repeated until the cluster has come to the recorded state.</summary>
    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>What a real cluster answered, by scenario.</summary>
    public static JsonObject All { get; } = Read("kubectl.json");

    public static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Recordings", file)))!.AsObject();

    /// <summary>One text per call that answers otherwise than the real cluster did.</summary>
    public async Task<IReadOnlyList<string>> PlayAsync(JsonObject recording, string scenario, CancellationToken stop)
    {
        List<string> differences = [];
        var space = "rec-" + scenario;
        await RunAsync(["create", "namespace", space], "", stop);
        for (var tries = 0; tries < 100 && (await RunAsync(["-n", space, "get", "sa", "default"], "", stop)).Exit != 0; tries++)
        {
            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        foreach (var (step, index) in recording[scenario]!.AsArray().Select((step, index) => (step!, index)))
        {
            var got = await PlayStepAsync(step, space, stop);
            var real = step["answer"]!.DeepClone();
            if (step["message"] is { } said)
            {
                real["message"] = said.DeepClone();
            }

            if (!JsonNode.DeepEquals(got, real))
            {
                differences.Add($"step {index}: kubectl {string.Join(' ', step["args"]!.AsArray())}\n  got  {got.ToJsonString()}\n  real {real.ToJsonString()}");
            }
        }

        await RunAsync(["delete", "namespace", space, "--wait=false"], "", stop);
        return differences;
    }

    private async Task<JsonObject> PlayStepAsync(JsonNode step, string space, CancellationToken stop)
    {
        List<string> arguments = ["-n", space, "--request-timeout=90s",
            .. step["args"]!.AsArray().Select(one => one!.GetValue<string>().Replace("NS", space, StringComparison.Ordinal))];
        var input = (step["stdin"]?.GetValue<string>() ?? "").Replace("\"NS\"", $"\"{space}\"", StringComparison.Ordinal);
        var until = step["until"]?.GetValue<string>();
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (exit, output, error) = await RunAsync(arguments, input, stop);
            var text = GeneratedSuffix().Replace(output.Replace(space, "NS", StringComparison.Ordinal).Trim(), "-HASH");
            if (until is null || text == until || TimeProvider.System.GetElapsedTime(begun) > SettleMax)
            {
                var kind = ErrorKind().Match(error);
                var answer = new JsonObject
                {
                    ["exit"] = exit,
                    ["error"] = step["err"]!.GetValue<bool>() ? kind.Success ? kind.Value : exit == 0 ? "" : "other" : null,
                    ["out"] = step["out"]!.GetValue<bool>() ? text : null,
                };
                if (step["message"] is not null)
                {
                    answer["message"] = Message(error, space);
                }

                return answer;
            }

            await Task.Delay(Pause, TimeProvider.System, stop);
        }
    }

    /// <summary>What kubectl says of an error, without its own remarks on versions and scopes, and without the difference of Go structures that some refusals show.</summary>
    private static string Message(string error, string space)
    {
        var lines = GeneratedSuffix().Replace(error.Replace(space, "NS", StringComparison.Ordinal), "-HASH").Trim().Split('\n')
            .Where(line => !line.Contains("version difference", StringComparison.Ordinal) && !line.StartsWith("Warning: deleting cluster-scoped", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("@@ ", StringComparison.Ordinal));
        return string.Join('\n', lines).Trim();
    }

    private async Task<(int Exit, string Output, string Error)> RunAsync(IEnumerable<string> arguments, string input, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(CallMax);
        var start = new ProcessStartInfo("kubectl", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeconfig;
        using var kubectl = Process.Start(start)!;
        var (output, error) = (kubectl.StandardOutput.ReadToEndAsync(limit.Token), kubectl.StandardError.ReadToEndAsync(limit.Token));
        await kubectl.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
        kubectl.StandardInput.Close();
        try
        {
            await kubectl.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            kubectl.Kill(entireProcessTree: true);
            throw;
        }

        return (kubectl.ExitCode, await output, await error);
    }

    [GeneratedRegex(@"-[0-9a-f]{6,10}(-[a-z0-9]{5})?\b")]
    private static partial Regex GeneratedSuffix();

    [GeneratedRegex(@"Error from server(?: \((\w+)\))?|error validating|strict decoding error|error: (?:timed out|no objects passed|exit code|"
        + @"the server doesn't have a resource type|unable to recognize|the path|object has been deleted|there was|cannot delete|"
        + @"resource mapping not found|no matching|Expected replicas|expected replicas|unable to decode|unknown|unable to drain|"
        + @"'[^']+' already has a value)")]
    private static partial Regex ErrorKind();
}
