using Crater.Cli.Chaos.Log;
using Crater.Cli.Chaos.Syntax;

namespace Crater.Cli.Chaos;

/// <summary>What every command of the tool works with.</summary>
internal sealed record ChaosSession(Surroundings Surroundings, ChaosLog Log, string SettingsPath)
{
    public TextWriter Out => Surroundings.Out;

    /// <summary>The exit code of everything that went wrong after the command line was understood.</summary>
    public const int Failed = 1;

    /// <summary>Opens the log as the options before the command say.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT1230: the log file cannot be written.</exception>
    public static ChaosSession Open(ChaosArguments options, Surroundings surroundings)
    {
        var isVerbose = options.Has("--verbose");
        var console = isVerbose ? ChaosLevel.Debug : ChaosLevel.Info;
        List<ILogEnd> ends =
        [
            options.Text("--log-format") == "json"
                ? new JsonConsoleEnd(surroundings.Error, console, Context())
                : new ConsoleEnd(surroundings.Error, console, isVerbose, surroundings.IsErrorTerminal),
        ];
        if (!options.Has("--no-log-file"))
        {
            var level = Enum.Parse<ChaosLevel>(options.Text("--log-file-level") ?? "debug", ignoreCase: true);
            ends.Add(new FileEnd(surroundings.Path(options.Text("--log-file") ?? "chaostoolkit.log"), level));
        }

        return new ChaosSession(surroundings, new ChaosLog(surroundings.Clock, ends), Settings(options, surroundings));
    }

    private static string Settings(ChaosArguments options, Surroundings surroundings) => options.Text("--settings")
        ?? System.IO.Path.Combine(surroundings.Environment.GetValueOrDefault("HOME") ?? "", ".chaostoolkit", "settings.yaml");

    // Tells the lines of this command from those of others in one stream; nothing secret hangs on it.
    private static string Context()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return new Guid(bytes).ToString();
    }
}
