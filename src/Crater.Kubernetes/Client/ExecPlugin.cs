using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>The program of a kubeconfig's user that hands out credentials, and how it is called.</summary>
internal sealed record ExecPlugin
{
    public const string Group = "client.authentication.k8s.io";

    /// <summary>How long it may take: a person may have to sign in to a web page in between.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(5);

    /// <summary>The largest answer that is read. Unit: characters. A token and a certificate have a few thousand.</summary>
    private const int AnswerMax = 1024 * 1024;

    public required string Context { get; init; }

    /// <summary>A name that is looked up in PATH, or a whole path.</summary>
    public required string Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    public required string ApiVersion { get; init; }

    /// <summary>Never, IfAvailable or Always.</summary>
    public required string InteractiveMode { get; init; }

    public string InstallHint { get; init; } = "";

    /// <summary>What it is told about the cluster; null unless <c>provideClusterInfo</c>.</summary>
    public JsonObject? Cluster { get; init; }

    /// <summary>Whether somebody sits at a terminal who could be asked.</summary>
    public Func<bool> HasTerminal { get; init; } = () => !Console.IsInputRedirected;

    /// <summary>The answer's <c>status</c>.</summary>
    /// <exception cref="CraterException">CRT5008: it cannot be started. CRT5009: it failed, or its answer is none. CRT5010: it needs a terminal.</exception>
    public async Task<JsonObject> RunAsync(TimeProvider clock, CancellationToken abort)
    {
        var isInteractive = InteractiveMode != "Never" && HasTerminal();
        if (InteractiveMode == "Always" && !isInteractive)
        {
            throw new CraterException("CRT5010",
                $"The exec plugin '{Command}' of context '{Context}' must ask somebody (interactiveMode: Always), and standard input is no terminal. Run it at a terminal, or use a context with a token.");
        }

        using var process = Start(isInteractive);
        using var limit = new CancellationTokenSource(TimeMax, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        try
        {
            var answer = await ReadAsync(process.StandardOutput, either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? Status(answer) : throw Failed($"ended with exit code {process.ExitCode}; what it said stands above");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw Failed($"gave no answer within {TimeMax.TotalMinutes:0} minutes");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(bool isInteractive)
    {
        // Its standard error is ours: that is where it talks to the user.
        var start = new ProcessStartInfo(Command, Arguments) { RedirectStandardOutput = true, RedirectStandardInput = !isInteractive };
        var spec = new JsonObject { ["interactive"] = isInteractive };
        if (Cluster is not null)
        {
            spec["cluster"] = Cluster.DeepClone();
        }

        start.Environment["KUBERNETES_EXEC_INFO"] =
            new JsonObject { ["apiVersion"] = ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start)!;
            if (!isInteractive)
            {
                process.StandardInput.Close();
            }

            return process;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            var hint = InstallHint.Length > 0 ? $" The kubeconfig says: {InstallHint.Trim()}" : " Install it, or use a context with a token.";
            throw new CraterException("CRT5008", $"The exec plugin '{Command}' of context '{Context}' could not be started: {e.Message}.{hint}", e);
        }
    }

    private async Task<string> ReadAsync(StreamReader from, CancellationToken abort)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new char[4096];
        while (await from.ReadAsync(buffer, abort) is > 0 and var count)
        {
            text.Append(buffer, 0, count);
            if (text.Length > AnswerMax)
            {
                throw Failed($"wrote more than {AnswerMax} characters");
            }
        }

        return text.ToString();
    }

    /// <summary>Never quotes the answer: it holds the secret.</summary>
    private JsonObject Status(string answer)
    {
        JsonNode? parsed;
        try
        {
            parsed = JsonNode.Parse(answer);
        }
        catch (JsonException)
        {
            throw Failed("answered with something that is no JSON");
        }

        if (parsed.Text("kind") != "ExecCredential" || parsed.Text("apiVersion") != ApiVersion)
        {
            throw Failed($"answered with another kind or version than ExecCredential of {ApiVersion}");
        }

        return parsed.At("status") is JsonObject status && (status.Text("token").Length > 0 || status.Text("clientCertificateData").Length > 0)
            ? status : throw Failed("answered with neither a token nor a client certificate");
    }

    public CraterException Failed(string how) =>
        new("CRT5009", $"The exec plugin '{Command}' of context '{Context}' {how}. Call it by hand to see what is wrong, or use a context with a token.");
}
