using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Extensions;
using Crater.Cli.Chaos.Log;
using Crater.Cli.Chaos.Notifications;
using Crater.Cli.Chaos.Settings;
using Crater.Cli.Chaos.Syntax;

namespace Crater.Cli.Chaos;

/// <summary>What every command of the tool works with.</summary>
internal sealed record ChaosSession(Surroundings Surroundings, ChaosLog Log, string SettingsPath)
{
    /// <summary>A plugin starts an interpreter and usually makes one call over the network.</summary>
    private static readonly TimeSpan PluginMax = TimeSpan.FromSeconds(10);

    private JsonObject? _settings;

    /// <summary>The settings file; read once, when first asked for.</summary>
    public JsonObject Settings => _settings ??= SettingsFile.Load(SettingsPath, Log);

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
                ? new JsonConsoleEnd(surroundings.Error, console, NewId().ToString())
                : new ConsoleEnd(surroundings.Error, console, isVerbose, surroundings.IsErrorTerminal),
        ];
        if (!options.Has("--no-log-file"))
        {
            var level = Enum.Parse<ChaosLevel>(options.Text("--log-file-level") ?? "debug", ignoreCase: true);
            ends.Add(new FileEnd(surroundings.Path(options.Text("--log-file") ?? "chaostoolkit.log"), level));
        }

        return new ChaosSession(surroundings, new ChaosLog(surroundings.Clock, ends), SettingsPathOf(options, surroundings));
    }

    private static string SettingsPathOf(ChaosArguments options, Surroundings surroundings) => options.Text("--settings")
        ?? System.IO.Path.Combine(surroundings.Environment.GetValueOrDefault("HOME") ?? "", ".chaostoolkit", "settings.yaml");

    /// <summary>Whoever the settings say wants to hear of what happens.</summary>
    public Notifier Notifier() => new(
        Settings["notifications"] as JsonArray ?? [],
        (channel, notice, abort) => PythonScript.RunAsync(Scripts.Notify, new JsonObject
        {
            ["module"] = (string?)channel["module"] ?? "",
            ["func"] = (string?)channel["func"] ?? "notify",
            ["channel"] = channel.DeepClone(),
            ["notice"] = notice.DeepClone(),
        }, this, PluginMax, abort),
        Log, Surroundings.Clock);

    /// <summary>A new name for something that must not be taken for another; nothing secret hangs on it.</summary>
    public static Guid NewId() => Composition.Chance.Id();
}
