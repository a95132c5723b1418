using System.CommandLine;
using System.CommandLine.Parsing;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Experiments.Wrapper;

namespace Crater.Cli.Composition;

/// <summary>
/// <c>craterctl run --context NAME experiment.conf</c>: the file's context becomes options of <c>run</c>, the file's folder the working directory, and the exit
/// code is that of the run. docs/experiment-conf.md says what the keys mean.
/// </summary>
internal sealed class ConfRun
{
    private const string JournalFile = "journal.json";
    private const string LogFile = "chaostoolkit.log";
    private readonly Option<string?> _context = new("--context") { Description = "Context of an experiment.conf (default: $CHAOS_CONTEXT, then its DEFAULT alone)." };
    private readonly Option<string?> _bucket = new("--journals-bucket") { Description = "Where the journal and the log of an experiment.conf are kept: a folder (default: $CHAOS_JOURNALS_BUCKET)." };

    public void AddTo(Command command)
    {
        command.Add(_context);
        command.Add(_bucket);
    }

    /// <summary>The conf file that is to be run: the document, or what $CHAOS_CONFIG_FILE names where there is none; null when it is no conf file.</summary>
    /// <exception cref="CraterException">CRT1202, CRT1228: it is none, and an option is given that goes with one.</exception>
    public string? Find(ParseResult parsed, string? document, Surroundings surroundings)
    {
        document ??= Variable(surroundings, "CHAOS_CONFIG_FILE");
        if (ConfFile.Is(document))
        {
            return document;
        }

        if (parsed.GetValue(_context) is not null)
        {
            throw new CraterException("CRT1202", "--context is a context of an experiment.conf, and this is another document, so that a cluster is never chosen by accident; write --kube-context for a context of the kubeconfig.");
        }

        return parsed.GetValue(_bucket) is null ? null
            : throw new CraterException("CRT1228", "--journals-bucket goes with an experiment.conf, and this is another document. The journal of any run stays in its run folder.");
    }

    /// <exception cref="CraterException">CRT1220 to CRT1225: the file cannot be understood, or the journal has nowhere to go. Nothing was begun.</exception>
    public async Task<int> RunAsync(ParseResult parsed, string document, Surroundings surroundings, Output output)
    {
        var settings = ConfFile.Read(surroundings.Path(document)).Settings(parsed.GetValue(_context) ?? Variable(surroundings, "CHAOS_CONTEXT"));
        output.Problems(settings.Problems);
        var bucket = parsed.GetValue(_bucket) ?? Variable(surroundings, "CHAOS_JOURNALS_BUCKET");
        var target = bucket.Length > 0 ? JournalBucket.Open(bucket, surroundings) : null;
        var arguments = Arguments(settings, parsed, IsTrue(Variable(surroundings, "CHAOS_VERBOSE")));
        output.Note($"In {settings.Folder}: craterctl {string.Join(' ', arguments)}");
        var began = surroundings.Clock.GetUtcNow();
        var before = Directory.GetCurrentDirectory();
        await using var log = ConfLog.Open(Path.Combine(settings.Folder, LogFile), surroundings);
        try
        {
            // What the activities start has it as its working directory as well.
            Directory.SetCurrentDirectory(settings.Folder);
            var code = await CraterCtl.RunAsync([.. arguments], log.Surroundings with { WorkingDirectory = settings.Folder });
            output.Note($"The run ended with the exit code {code}.");
            await log.FlushAsync();
            target?.Keep(Path.Combine(settings.Folder, JournalFile), Path.Combine(settings.Folder, LogFile), began, output);
            return code;
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    /// <summary>What the command line gives wins over the file.</summary>
    private List<string> Arguments(ConfSettings settings, ParseResult parsed, bool isVerbose)
    {
        var given = Given(parsed.RootCommandResult).Where(option => option[0] != _context.Name && option[0] != _bucket.Name).ToList();
        var replaced = given.Select(option => option[0]).Where(name => name is not ("--var" or "--var-file")).ToHashSet(StringComparer.Ordinal);
        List<string> arguments = ["run", .. settings.Options.Where(option => !replaced.Contains(option[0])).SelectMany(option => option)];
        if (!replaced.Contains("--journal-path"))
        {
            arguments.AddRange(["--journal-path", JournalFile]);
        }

        if (isVerbose && !replaced.Contains("--verbose"))
        {
            arguments.Add("--verbose");
        }

        return [.. arguments, .. given.SelectMany(option => option), settings.Experiment];
    }

    private static IEnumerable<string[]> Given(CommandResult command) => command.Children.SelectMany(child => child switch
    {
        CommandResult inner => Given(inner),
        OptionResult { Implicit: false, Tokens.Count: 0 } flag => [[flag.Option.Name]],
        OptionResult { Implicit: false } option => option.Tokens.Select(token => new[] { option.Option.Name, token.Value }),
        _ => [],
    });

    private static bool IsTrue(string text) => text.ToLowerInvariant() is not ("" or "0" or "no" or "false" or "off");

    private static string Variable(Surroundings surroundings, string name) => surroundings.Environment.GetValueOrDefault(name, "");
}
