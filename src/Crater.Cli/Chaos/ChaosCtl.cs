using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos;

/// <summary>
/// The surface of Chaos Toolkit's command line: its commands, options, exit codes and log, on Crater's engine. No one is ever called home. What differs from
/// that tool, and how to get its way back, stands in docs/chaos-toolkit.md.
/// </summary>
internal static class ChaosCtl
{
    public static async Task<int> RunAsync(string[] args, Surroundings surroundings)
    {
        try
        {
            var options = ChaosArguments.Read(ChaosCommands.Tool, args);
            var command = ChaosCommands.Command(ChaosCommands.Tool, options);
            using var log = OpenedBy(options, command, surroundings, out var session);
            return await DispatchAsync(command, options.Rest, session);
        }
        catch (Shown asked)
        {
            surroundings.Out.WriteLine(asked.Text);
            return ExitCodes.Upheld;
        }
        catch (Misuse wrong)
        {
            surroundings.Error.WriteLine(wrong.Text);
            return Misuse.ExitCode;
        }
        catch (CraterException error)
        {
            surroundings.Error.WriteLine($"Error: {error.Code} {error.Message}");
            return ChaosSession.Failed;
        }
    }

    private static Log.ChaosLog OpenedBy(ChaosArguments options, ChaosSyntax command, Surroundings surroundings, out ChaosSession session)
    {
        session = ChaosSession.Open(options, surroundings);
        session.Log.Debug(new string('#', 79));
        session.Log.Debug($"Running command '{command.Name}'");
        session.Log.Debug($"Using settings file '{session.SettingsPath}'");
        if (options.Text("--change-dir") is { } folder)
        {
            session.Log.Warning($"Moving to {folder}");
            session = session with { Surroundings = Moved(surroundings, folder) };
        }

        return session.Log;
    }

    private static Surroundings Moved(Surroundings surroundings, string folder)
    {
        var there = surroundings.Path(folder);
        try
        {
            Directory.SetCurrentDirectory(there);       // programs that the document starts begin there as well
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1231", $"The directory {there} of --change-dir cannot be entered: {error.Message}", error);
        }

        return surroundings with { WorkingDirectory = there };
    }

    private static async Task<int> DispatchAsync(ChaosSyntax command, IReadOnlyList<string> words, ChaosSession session)
    {
        try
        {
            return command.Name switch
            {
                "run" => await new ChaosRun(ChaosArguments.Read(ChaosCommands.Run, words), session).RunAsync(),
                "validate" => await ChaosValidate.RunAsync(ChaosArguments.Read(ChaosCommands.Validate, words), session),
                "discover" => await ChaosDiscover.RunAsync(ChaosArguments.Read(ChaosCommands.Discover, words), session),
                "info" => await ChaosInfo.RunAsync(ChaosArguments.Read(ChaosCommands.Info, words), session),
                "init" => await ChaosInit.RunAsync(ChaosArguments.Read(ChaosCommands.Init, words), session),
                _ => ChaosSettings.Run(words, session),
            };
        }
        catch (CraterException error)
        {
            session.Log.Error($"{error.Code} {error.Message}");
            foreach (var problem in error.Problems)
            {
                session.Log.Error(problem.ToString());
            }

            return ChaosSession.Failed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            session.Log.Error($"CRT1203 The file system said no: {error.Message}");
            return ChaosSession.Failed;
        }
    }
}
