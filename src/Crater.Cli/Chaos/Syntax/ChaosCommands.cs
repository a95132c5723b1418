using Crater.Experiments;

namespace Crater.Cli.Chaos.Syntax;

/// <summary>Every command and option of the tool.</summary>
internal static class ChaosCommands
{
    private static readonly ChaosOption NoVerifyTls = new("--no-verify-tls", ValueKind.Flag, "Take a document from a server whose certificate proves nothing.");

    public static ChaosSyntax Run { get; } = new("chaos run",
        "Play the experiment at SOURCE: a file or an http address, JSON or YAML.",
        [
            new("--journal-path", ValueKind.Text, "Where the journal is written; ./journal.json when not given."),
            new("--dry", ValueKind.Choice, "Rehearse: leave these out.") { Choices = [.. StrategyNames.Dry.Keys] },
            new("--no-validation", ValueKind.Flag, "Begin without checking the document first."),
            NoVerifyTls,
            new("--rollback-strategy", ValueKind.Choice, "When the rollbacks are played; by default unless the run failed or was interrupted.") { Choices = [.. StrategyNames.Rollbacks.Keys] },
            new("--var", ValueKind.Text, "A configuration value: key=value, or key:type=value with a type of str, int, float, bytes, bool or json. May be repeated.") { IsMany = true, Check = VariableText.Problem },
            new("--var-file", ValueKind.ExistingPath, "A file of configuration and secrets (.json, .yaml), or of environment variables (any other name). May be repeated.") { IsMany = true },
            new("--control-file", ValueKind.ExistingPath, "A file of controls that are in force before the document is even read. May be repeated.") { IsMany = true },
            new("--hypothesis-strategy", ValueKind.Choice, "When the hypothesis is checked.") { Choices = ["default", "before-method-only", "after-method-only", "during-method-only", "continuously", "continously"] },
            new("--hypothesis-frequency", ValueKind.Number, "Seconds between two checks beside the method; 1 when not given."),
            new("--fail-fast", ValueKind.Flag, "Let the first miss beside the method end the method."),
        ],
        ["SOURCE"]);

    public static ChaosSyntax Validate { get; } = new("chaos validate", "Check the experiment at SOURCE.", [NoVerifyTls], ["SOURCE"]);

    public static ChaosSyntax Discover { get; } = new("chaos discover",
        "List the activities that PACKAGE offers.",
        [
            new("--no-system-info", ValueKind.Flag, "Leave out what can be found about the system."),
            new("--no-install", ValueKind.Flag, "Do not install the package; nothing is ever installed here."),
            new("--discovery-path", ValueKind.Text, "Where the result is written.  [default: ./discovery.json]"),
        ],
        ["PACKAGE"]);

    public static ChaosSyntax Init { get; } = new("chaos init",
        "Write a new experiment, question by question, from what was discovered.",
        [
            new("--discovery-path", ValueKind.Text, "What was discovered.  [default: ./discovery.json]") { PathMetavar = true },
            new("--experiment-path", ValueKind.Text, "Where the experiment is written, as .yaml or .json.  [default: ./experiment.json]") { PathMetavar = true },
        ],
        []);

    public static ChaosSyntax Info { get; } = new("chaos info",
        "Show the surroundings: core (versions), extensions (packages that are installed) or settings (the whole file).",
        [], ["TARGET"])
    { ArgumentChoices = ["core", "settings", "extensions"] };

    public static ChaosSyntax SettingsShow { get; } = new("chaos settings show", "Show the settings file. Secrets in it are shown too.", [Format("json", "yaml")], []);

    public static ChaosSyntax SettingsGet { get; } = new("chaos settings get", "Show one value, found by its dotted KEY.", [Format("string", "json", "yaml")], ["KEY"]);

    public static ChaosSyntax SettingsSet { get; } = new("chaos settings set", "Change one value, found by its dotted KEY, to VALUE, which is JSON. The key must be there.", [], ["KEY", "VALUE"]);

    public static ChaosSyntax SettingsRemove { get; } = new("chaos settings remove", "Take one value, found by its dotted KEY, and all below it away.", [], ["KEY"]);

    public static ChaosSyntax Settings { get; } = new("chaos settings", "Read, change or remove what is in the settings file.", [], [])
    {
        Commands = [SettingsShow, SettingsGet, SettingsSet, SettingsRemove],
    };

    public static ChaosSyntax Tool { get; } = new("chaos", "",
        [
            new("--verbose", ValueKind.Flag, "Say everything on the console, with the place that said it."),
            new("--no-version-check", ValueKind.Flag, "Taken for the sake of scripts; no one is ever asked for a newer version."),
            new("--change-dir", ValueKind.Text, "Directory to go to first."),
            new("--no-log-file", ValueKind.Flag, "Write no log file."),
            new("--log-file", ValueKind.Text, "The log file.  [default: chaostoolkit.log]"),
            new("--log-file-level", ValueKind.Choice, "What goes into the log file.") { Choices = ["debug", "info", "warning", "error"] },
            new("--log-format", ValueKind.Choice, "How the console is written.") { Choices = ["string", "json"] },
            new("--settings", ValueKind.Text, "The settings file.  [default: ~/.chaostoolkit/settings.yaml]"),
        ],
        [])
    { Commands = [Discover, Info, Init, Run, Settings, Validate], HasVersion = true };

    /// <summary>The command below <paramref name="of"/> that the words name.</summary>
    /// <exception cref="Misuse">None, or one that there is not.</exception>
    /// <exception cref="Shown">There were no words at all.</exception>
    public static ChaosSyntax Command(ChaosSyntax of, ChaosArguments given) =>
        given.IsEmpty ? throw new Shown(HelpText.Of(of))
        : given.Values.Count == 0 ? throw new Misuse(of, "Missing command.")
        : of.Commands.FirstOrDefault(command => command.Name == given.Values[0]) ?? throw new Misuse(of, $"No such command '{given.Values[0]}'.");

    private static ChaosOption Format(params string[] choices) => new("--format", ValueKind.Choice, "How it is written.") { Choices = choices };
}
