using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Cli.Verbs;
using Crater.Diagnostics;

namespace Crater.Cli;

/// <summary>The command line: one file a verb, and every way out of a verb is an exit code.</summary>
internal static class CraterCtl
{
    public static async Task<int> RunAsync(string[] args, Surroundings surroundings)
    {
        var globals = new GlobalOptions();
        var parsed = Root(globals, surroundings).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Misused(parsed, args, new Output(surroundings, parsed.GetValue(globals.Json), verbose: false));
        }

        // Termination is ours: a run that is told to stop still has to recover, and nothing may cut that short.
        var invocation = new InvocationConfiguration
        {
            Output = surroundings.Out,
            Error = surroundings.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(invocation, CancellationToken.None);
    }

    /// <summary>Wraps the body of a verb: gives it its output, and turns what it throws into an exit code.</summary>
    public static void Does(this Command command, GlobalOptions globals, Surroundings surroundings, Func<ParseResult, Output, CancellationToken, Task<int>> body) =>
        command.SetAction(async (parsed, _) =>
        {
            var output = new Output(surroundings, parsed.GetValue(globals.Json), parsed.GetValue(globals.Verbose));
            using var signals = new StopSignals(output);
            try
            {
                var code = await body(parsed, output, signals.Stop);
                return code == ExitCodes.Upheld && surroundings.Out is TerminalWriter { Cut: { Length: > 0 } full } ? Cut(full, output) : code;
            }
            catch (CraterException error)
            {
                output.Failed(error);
                return ExitCodes.For(error);
            }
            catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
            {
                output.Failed(new CraterException("CRT1212", $"Stopped by {signals.Reason} before there was an answer."));
                return ExitCodes.Inconclusive;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                output.Failed(new CraterException("CRT1203", $"The file system said no: {error.Message}", error));
                return ExitCodes.Environment;
            }
        });

    // What a run found outranks it, and stands in its folder.
    private static int Cut(string why, Output output)
    {
        output.Problems([new Problem("", "CRT1213", $"The answer could not be written to its end: {why}")]);
        return ExitCodes.Environment;
    }

    private static RootCommand Root(GlobalOptions globals, Surroundings surroundings)
    {
        var root = new RootCommand("Crater finds out how a system breaks before its users do.");
        globals.AddTo(root);
        foreach (var verb in AllVerbs.Create(globals, surroundings))
        {
            root.Add(verb);
        }

        return root;
    }

    private static int Misused(ParseResult parsed, string[] args, Output output)
    {
        var problems = WrongCommandLine.Of(parsed, args);
        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        output.Failed(new CraterException(problems[0].Code, $"The command line was not understood; 'craterctl{verb} --help' shows what there is.") { Problems = problems });
        return ExitCodes.Usage;
    }
}
