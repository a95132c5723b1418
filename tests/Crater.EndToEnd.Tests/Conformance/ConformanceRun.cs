using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Lab.Spawning;

namespace Crater.EndToEnd.Tests.Conformance;

/// <summary>What one case came to: everything that is left of its working directory is here.</summary>
internal sealed record ConformanceResult(int Exit, string Said, JsonNode? Journal, string? JournalText, IReadOnlyDictionary<string, string> Files, Placeholders Words);

/// <summary>What the texts between at-signs stand for in one run.</summary>
internal sealed record Placeholders(string Here, string Base, string Unique)
{
    public const string Any = "@ANY@";

    public string Fill(string text) => text.Replace("@HERE@", Here, StringComparison.Ordinal).Replace("@BASE@", Base, StringComparison.Ordinal)
        .Replace("@HOST@", Base["http://".Length..], StringComparison.Ordinal).Replace("@UNIQUE@", Unique, StringComparison.Ordinal);
}

/// <summary>Plays one case in a directory and with a home of its own, which are gone afterwards.</summary>
internal sealed partial class ConformanceRun(Expectation asked, string program, string server)
{
    /// <summary>For the slowest on a busy machine; a case that needs it all has hung.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>After the file that a signal waits for has appeared: the activity that made it has to be over.</summary>
    private static readonly TimeSpan AfterTheFile = TimeSpan.FromMilliseconds(300);

    public async Task<ConformanceResult> PlayAsync()
    {
        var root = Directory.CreateTempSubdirectory("crater-conformance-").FullName;
        var words = new Placeholders(Directory.CreateDirectory(Path.Combine(root, "here")).FullName, server, Path.GetFileName(root));
        try
        {
            Prepare(words);
            var (exit, said) = await RunAsync(words, Directory.CreateDirectory(Path.Combine(root, "home")).FullName);
            var journal = Path.Combine(words.Here, asked.JournalPath);
            var text = File.Exists(journal) ? await File.ReadAllTextAsync(journal) : null;
            var files = Directory.EnumerateFiles(words.Here, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/.crater/", StringComparison.Ordinal))
                .ToDictionary(file => Path.GetRelativePath(words.Here, file), File.ReadAllText, StringComparer.Ordinal);
            return new ConformanceResult(exit, Colours().Replace(said, ""), Parsed(text), text, files, words);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private void Prepare(Placeholders words)
    {
        File.Copy(asked.Document, Path.Combine(words.Here, Path.GetFileName(asked.Document)));
        foreach (var (name, text) in asked.With)
        {
            var path = Path.Combine(words.Here, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, words.Fill(text));
        }
    }

    private async Task<(int Exit, string Said)> RunAsync(Placeholders words, string home)
    {
        using var process = Process.Start(StartInfo(words, home))!;
        process.StandardInput.Close();
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await SignalAsync(process, words, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, string.Join('\n', await said.WaitAsync(limit.Token)));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"It did not end within {Patience.TotalSeconds} s.");
        }
    }

    private ProcessStartInfo StartInfo(Placeholders words, string home)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = words.Here,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in asked.CommandLine)
        {
            start.ArgumentList.Add(words.Fill(word));
        }

        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("CRATER_AS", "chaos"), ("HOME", home), ("LANG", "C.UTF-8"),
            ("PYTHONPATH", Path.Combine(Expectation.Corpus, "modules")), ("PYTHONDONTWRITEBYTECODE", "1"),
            ("DOTNET_TieredPGO", "0")])      // hundreds of short lives: what a profile would gain, nobody lives to see
        {
            start.Environment[name] = value;
        }

        foreach (var (name, value) in asked.Environment)
        {
            start.Environment[name] = words.Fill(value);
        }

        return start;
    }

    private async Task SignalAsync(Process process, Placeholders words, CancellationToken limit)
    {
        if (asked.Signal is not { } signal)
        {
            return;
        }

        while (!File.Exists(Path.Combine(words.Here, signal.After)) && !process.HasExited)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit);
        }

        await Task.Delay(AfterTheFile, TimeProvider.System, limit);
        if (!process.HasExited)
        {
            _ = Native.Kill(process.Id, signal.Name switch { "INT" => Signals.Interrupt, "TERM" => Signals.Terminate, "USR1" => Signals.UserOne, _ => Signals.UserTwo });
        }
    }

    private static JsonNode? Parsed(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colours();
}
