using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Runs.Activities.Python;

namespace Crater.Cli.Chaos.Extensions;

/// <summary>
/// Short Python of our own in the user's interpreter, outside of a run: what is installed, what it offers, and plugins of notifications. Takes JSON on standard
/// input and gives one line of JSON as its last.
/// </summary>
internal static class PythonScript
{
    /// <summary>Importing a large extension takes seconds; more than this is a module that hangs.</summary>
    public static readonly TimeSpan LongestDefault = TimeSpan.FromSeconds(60);

    /// <exception cref="CraterException">CRT1233: there is no python3. CRT1234: the script failed, with the last line it said.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was asked for; the interpreter is gone.</exception>
    public static async Task<JsonNode?> RunAsync(string script, JsonNode input, ChaosSession session, TimeSpan longest, CancellationToken abort)
    {
        using var process = Start(script, session);
        using var limit = new CancellationTokenSource(longest, session.Surroundings.Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        try
        {
            await FeedAsync(process, input);
            var output = process.StandardOutput.ReadToEndAsync(over.Token);
            var error = process.StandardError.ReadToEndAsync(over.Token);
            await process.WaitForExitAsync(over.Token);
            return Answer(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            throw new CraterException("CRT1234", $"The Python code took longer than {longest.TotalSeconds:0} s and was ended.");
        }
        finally
        {
            End(process);
        }
    }

    private static Process Start(string script, ChaosSession session)
    {
        var start = new ProcessStartInfo(new PythonOptions { Environment = session.Surroundings.Environment }.Find() ?? throw None(null))
        {
            WorkingDirectory = session.Surroundings.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw None(error);
        }
    }

    private static CraterException None(Exception? error) => new("CRT1233",
        $"There is no python3 on the PATH, and what was asked for is Python of your own. Install python3, put the environment that has it first on the PATH, or name one in {PythonOptions.Variable}.", error);

    private static async Task FeedAsync(Process process, JsonNode input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.ToJsonString());
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says more.
        }
    }

    private static JsonNode? Answer(int code, string output, string error)
    {
        if (code != 0)
        {
            throw new CraterException("CRT1234", LastLine(error) is { Length: > 0 } said ? said : $"Python ended with exit code {code}.");
        }

        try
        {
            return LastLine(output) is { Length: > 0 } line ? JsonNode.Parse(line) : null;
        }
        catch (JsonException)
        {
            return null;    // a module that prints at the very end
        }
    }

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1].Trim();

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has just ended by itself.
        }
    }
}
