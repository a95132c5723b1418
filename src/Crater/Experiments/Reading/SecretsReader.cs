using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Resolves <c>secrets</c>: literals, environment variables and files, at any depth. No message of a problem contains a value.</summary>
internal static class SecretsReader
{
    public static Secrets Read(MapNode? section, ReadScope scope)
    {
        Dictionary<string, JsonObject> groups = new(StringComparer.Ordinal);
        foreach (var entry in section?.Entries ?? [])
        {
            var path = $"secrets.{entry.Key}";
            if (entry.Value is not MapNode map)
            {
                scope.Error("CRT2006", path, entry.Value, "A group of secrets must be a map of names.");
                continue;
            }

            groups[entry.Key] = Value(map, path, scope) is JsonObject group ? group : new JsonObject { [entry.Key] = Value(map, path, scope) };
        }

        return new Secrets(groups);
    }

    private static JsonNode? Value(DocumentNode node, string path, ReadScope scope)
    {
        if (node is not MapNode map)
        {
            scope.Warn("CRT2029", path, node, "The secret stands in the document itself, and a copy of the document goes into the run folder. Use type: env or type: file.");
            return node.ToJson();
        }

        return map.Text("type") switch
        {
            "env" => FromEnvironment(map, path, scope),
            "file" => FromFile(map, path, scope),
            "vault" => Unavailable(map, path, scope),
            _ => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Value(entry.Value, $"{path}.{entry.Key}", scope)))),
        };
    }

    private static JsonValue FromEnvironment(MapNode map, string path, ReadScope scope)
    {
        var fields = new Fields(map, path, scope);
        fields.Take("type");
        var key = fields.Text("key");
        fields.WarnUnknown("A secret from the environment");
        if (key is not null && scope.Options.Environment.TryGetValue(key, out var value))
        {
            return JsonValue.Create(value);
        }

        scope.Error("CRT2024", path, map, key is null
            ? "The secret is an environment entry without a key; say which variable it is read from."
            : $"The secret needs the environment variable {key}, which is not set.");
        return JsonValue.Create("");
    }

    private static JsonValue FromFile(MapNode map, string path, ReadScope scope)
    {
        var fields = new Fields(map, path, scope);
        fields.Take("type");
        var file = fields.Text("path");
        fields.WarnUnknown("A secret from a file");
        try
        {
            // The line end that every editor adds is no part of the secret.
            return JsonValue.Create(File.ReadAllText(Path.Combine(scope.Options.Folder, file ?? "")).TrimEnd('\r', '\n'));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            scope.Error("CRT2025", path, map, file is null ? "The secret is a file entry without a path." : $"The secret's file {file} cannot be read: {error.Message}");
            return JsonValue.Create("");
        }
    }

    private static JsonValue Unavailable(MapNode map, string path, ReadScope scope)
    {
        scope.Error("CRT2026", path, map, "Secrets from Vault are not available in this release; use type: env or type: file.");
        return JsonValue.Create("");
    }
}
