using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Targets;

namespace Crater.Runs.Activities;

/// <summary>Runs a program of the user's and gives <c>{status, stdout, stderr}</c>.</summary>
internal sealed class ProcessCall(TimeProvider clock)
{
    // A child that outlives its parent may keep the pipes open; nobody waits for it longer than this.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    public async Task<JsonNode?> RunAsync(ProcessProvider provider, Substitution values, CancellationToken abort)
    {
        using var process = Start(provider, values);
        using var timeout = provider.Timeout is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(abort, timeout.Token);
        using var drained = new CancellationTokenSource();
        var stdout = CappedText.ReadAsync(process.StandardOutput, CappedText.OutputMax, drained.Token);
        var stderr = CappedText.ReadAsync(process.StandardError, CappedText.OutputMax, drained.Token);
        try
        {
            await process.WaitForExitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            await drained.CancelAsync();
            abort.ThrowIfCancellationRequested();
            throw new ActivityFailedException("CRT2302", $"{provider.Path} took longer than its timeout of {Durations.Text(provider.Timeout!.Value)} and was stopped with everything it had started.");
        }

        using (var patience = new CancellationTokenSource(Drain, clock))
        using (patience.Token.Register(drained.Cancel))
        {
            await Task.WhenAll(stdout, stderr);
        }

        return new JsonObject { ["status"] = process.ExitCode, ["stdout"] = await stdout, ["stderr"] = await stderr };
    }

    private static Process Start(ProcessProvider provider, Substitution values)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        var program = Programs.Find(provider.Path, environment)
            ?? throw new ActivityFailedException("CRT2301", $"The program {provider.Path} is not there or cannot be executed. Install it, or give its full path.");
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        Fill(start, program, provider, values);
        foreach (var (name, value) in provider.Environment)
        {
            start.Environment[name] = values.Text(value);
        }

        // The system ends an argument at a zero character; half an argument must not pass for the whole.
        if (start.ArgumentList.Concat(start.Environment.Values).Any(text => text?.Contains('\0') ?? false))
        {
            throw new ActivityFailedException("CRT2310", $"An argument or variable of {provider.Path} has a zero character in it, which no program can be given.");
        }

        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            throw new ActivityFailedException("CRT2301", $"The program {provider.Path} cannot be started: {error.Message}");
        }
    }

    private static void Fill(ProcessStartInfo start, string program, ProcessProvider provider, Substitution values)
    {
        if (!provider.ThroughShell)
        {
            start.FileName = program;
            foreach (var argument in provider.Arguments.Select(values.Text).Where(argument => argument.Length > 0))
            {
                start.ArgumentList.Add(argument);
            }

            return;
        }

        // One variable in the place of all arguments may hold a list, which then is an argument vector like any other.
        if (values.Value(provider.Arguments[0]) is JsonArray list)
        {
            Fill(start, program, provider with { ThroughShell = false, Arguments = [.. list.Select(item => item is null ? "" : Substitution.Written(item))] }, Substitution.None);
            return;
        }

        // The one place where a shell runs: a single text of arguments is what the format hands to it, and the text is the user's own.
        var text = values.IsEmpty ? provider.Arguments[0] : values.Text(provider.Arguments[0]);
        start.FileName = OperatingSystem.IsWindows() ? "cmd.exe" : "/bin/sh";
        start.ArgumentList.Add(OperatingSystem.IsWindows() ? "/c" : "-c");
        start.ArgumentList.Add($"{program} {text}");
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in the meantime.
        }
    }
}
