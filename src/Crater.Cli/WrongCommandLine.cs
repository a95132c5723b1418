using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Crater.Diagnostics;

namespace Crater.Cli;

/// <summary>What is wrong with a command line, in words for whoever wrote it.</summary>
internal static partial class WrongCommandLine
{
    private static readonly Dictionary<string, string> Kinds = new() { ["Int32"] = "a whole number", ["Int64"] = "a whole number", ["Double"] = "a number", ["Boolean"] = "true or false" };

    public static IReadOnlyList<Problem> Of(ParseResult parsed, string[] args)
    {
        if (args.TakeWhile(arg => arg != "--").Any(arg => arg == "--context" || arg.StartsWith("--context=", StringComparison.Ordinal)))
        {
            return [new Problem("--context", "CRT1202", "--context is not an option here, so that a cluster is never chosen by accident; write --kube-context for a context of the kubeconfig.")];
        }

        string[] known = [.. Words(parsed.CommandResult)];
        List<string> unknown = [.. parsed.Errors.Select(error => error.Message).Where(message => Unknown().IsMatch(message))];
        // Where a word is no verb, that a verb is missing says nothing more.
        var said = unknown.Count > 0 && parsed.CommandResult.Command.Subcommands.Count > 0 ? unknown : parsed.Errors.Select(error => error.Message);
        return [.. said.Select(message => new Problem("", "CRT1201", Said(message, known)))];
    }

    private static string Said(string message, string[] known)
    {
        if (Unknown().Match(message) is { Success: true } unknown)
        {
            return $"There is no '{unknown.Groups[1].Value}' here.{Spelling.DidYouMean(unknown.Groups[1].Value.Split('=')[0], known)}";
        }

        // The library names types as its own code does.
        return Type().Match(message) is { Success: true } type && Kinds.TryGetValue(type.Groups[1].Value, out var kind) ? message.Replace(type.Value, $" as {kind}", StringComparison.Ordinal) : message;
    }

    // Verbs and options that can stand at that place; those of the verbs above hold below them.
    private static IEnumerable<string> Words(CommandResult? at)
    {
        foreach (var verb in at?.Command.Subcommands ?? [])
        {
            yield return verb.Name;
        }

        for (var (command, isOwn) = (at, true); command is not null; (command, isOwn) = (command.Parent as CommandResult, false))
        {
            foreach (var option in command.Command.Options.Where(option => isOwn || option.Recursive))
            {
                yield return option.Name;
            }
        }
    }

    [GeneratedRegex("^Unrecognized command or argument '(.*)'\\.$")]
    private static partial Regex Unknown();

    [GeneratedRegex(@" as expected type '(?:System\.Nullable`1\[)?(?:System\.)?(\w+)\]?'")]
    private static partial Regex Type();
}
