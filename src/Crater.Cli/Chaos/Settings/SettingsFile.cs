using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Log;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Cli.Chaos.Settings;

/// <summary>The settings file: YAML, by default <c>~/.chaostoolkit/settings.yaml</c>. Nothing in it is put in from the environment.</summary>
internal static class SettingsFile
{
    /// <returns>An empty map when there is no file, or when it is no YAML map; the log says so.</returns>
    public static JsonObject Load(string path, ChaosLog log)
    {
        if (!File.Exists(path))
        {
            log.Debug($"The Chaos Toolkit settings file could not be found at '{path}'.", "settings");
            return [];
        }

        var document = DocumentReader.ReadFile(path);
        foreach (var problem in document.Problems.Where(problem => !problem.IsWarning))
        {
            log.Error($"Failed parsing YAML settings: {problem}", "settings");
        }

        return document.HasErrors ? [] : document.Root?.ToJson() as JsonObject ?? [];
    }

    /// <exception cref="CraterException">CRT1232: it cannot be written.</exception>
    public static void Save(string path, JsonObject settings)
    {
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
            }

            // Tokens stand in it, and a file in the old one's place would take the umask's permissions: it is written in place.
            File.WriteAllText(path, DocumentWriter.Yaml(Sorted(settings)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1232", $"The settings file {path} cannot be written: {error.Message}", error);
        }
    }

    /// <summary>The same data with the keys of every map in order, as that tool writes YAML.</summary>
    public static JsonNode? Sorted(JsonNode? json) => json switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => json?.DeepClone(),
    };
}
