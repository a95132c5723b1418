using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Settings;
using Crater.Cli.Chaos.Syntax;
using Crater.Documents;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos settings show|get|set|remove</c>. Where the file or the key is missing the exit code says so, and nothing else does.</summary>
internal static class ChaosSettings
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(IReadOnlyList<string> words, ChaosSession session)
    {
        var options = ChaosArguments.Read(ChaosCommands.Settings, words);
        var command = ChaosCommands.Command(ChaosCommands.Settings, options);
        var asked = ChaosArguments.Read(command, options.Rest);
        if (!File.Exists(session.SettingsPath))
        {
            session.Log.Error($"There is no settings file at {session.SettingsPath}; give another with --settings.", "settings");
            return ChaosSession.Failed;
        }

        var settings = SettingsFile.Load(session.SettingsPath, session.Log);
        if (command == ChaosCommands.SettingsShow)
        {
            session.Out.WriteLine(Written(settings, asked.Text("--format")));
            return 0;
        }

        if (SettingsKey.Find(settings, asked.Values[0]) is not { } found)
        {
            session.Log.Error($"The settings have nothing at {asked.Values[0]}.", "settings");
            return ChaosSession.Failed;
        }

        if (command == ChaosCommands.SettingsGet)
        {
            session.Out.WriteLine(Written(found.Value, asked.Text("--format")));
            return 0;
        }

        return Change(found, command == ChaosCommands.SettingsSet ? asked.Values[1] : null, settings, session);
    }

    private static int Change(SettingsKey found, string? value, JsonObject settings, ChaosSession session)
    {
        if (value is null)
        {
            found.Remove();
        }
        else
        {
            try
            {
                found.Set(JsonNode.Parse(value));
            }
            catch (JsonException error)
            {
                session.Log.Error($"'{value}' is not JSON: {error.Message} A text needs its quotes: '\"{value}\"'.", "settings");
                return ChaosSession.Failed;
            }
        }

        SettingsFile.Save(session.SettingsPath, settings);
        return 0;
    }

    private static string Written(JsonNode? value, string? format) => format switch
    {
        "json" => value?.ToJsonString(Indented) ?? "null",
        "string" => PythonText.Of(value),
        // Their YAML library ends a document that is one bare value with three dots.
        _ => DocumentWriter.Yaml(SettingsFile.Sorted(value)) + (value is JsonObject or JsonArray ? "" : "...\n"),
    };
}
