using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>
/// Resolves <c>secrets</c>: literals, environment variables, files and entries of Vault, at any depth; a group may itself be one of these. No
/// message of a problem contains a value.
/// </summary>
internal static class SecretsReader
{
    // The format has them stand in configuration, which is written as it is.
    private static readonly string[] Logins = ["vault_token", "vault_role_secret"];

    public static Secrets Read(MapNode? section, ReadScope scope)
    {
        Dictionary<string, JsonObject> groups = new(StringComparer.Ordinal);
        foreach (var entry in section?.Entries ?? [])
        {
            var path = $"secrets.{entry.Key}";
            if (entry.Value is not MapNode && scope.Options.IsStrict)
            {
                scope.Error("CRT2006", path, entry.Value, "A group of secrets must be a map of names.");
            }

            var (node, isGiven) = Overridden(entry, scope);
            var value = new SecretReading(scope, isGiven).Value(node, path);

            // A group that is a single value can be meant by the group's name.
            groups[entry.Key] = value as JsonObject ?? new JsonObject { [entry.Key] = value };
        }

        foreach (var name in scope.Options.SecretOverrides.Select(pair => pair.Key).Where(name => section?.Has(name) != true))
        {
            scope.Warn("CRT2023", $"secrets.{name}", section,
                $"Secrets are given for the group {name}, which the document does not declare, so they change nothing.{Spelling.DidYouMean(name, groups.Keys)}");
        }

        return new Secrets(groups, Logins.Select(name => scope.Configuration.GetValueOrDefault(name)).OfType<JsonValue>().Select(value => Substitution.Written(value)));
    }

    // A var file gives a group as a whole; a literal in the place of a group stays.
    private static (DocumentNode Node, bool IsGiven) Overridden(MapEntry entry, ReadScope scope) =>
        entry.Value is MapNode && scope.Options.SecretOverrides.TryGetPropertyValue(entry.Key, out var given) && given is not null
            ? (DocumentNode.FromJson(given, entry.Line, entry.Column), true)
            : (entry.Value, false);
}

/// <summary>Resolves one group.</summary>
/// <param name="isGiven">It comes from a var file, in which a secret may stand.</param>
internal sealed class SecretReading(ReadScope scope, bool isGiven)
{
    public JsonNode? Value(DocumentNode node, string path)
    {
        if (node is not MapNode map)
        {
            WarnOfLiteral(node, path);
            return node.ToJson();
        }

        return map.Text("type") switch
        {
            "env" => FromEnvironment(map, path),
            "file" when map.Has("path") || map.Entries.Count == 1 => FromFile(map, path),
            "vault" => FromVault(map, path),
            _ => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Value(entry.Value, $"{path}.{entry.Key}")))),
        };
    }

    private void WarnOfLiteral(DocumentNode node, string path)
    {
        if (!isGiven)
        {
            scope.Warn("CRT2029", path, node, "The secret stands in the document itself, and a copy of the document goes into the run folder. Use type: env or type: file.");
        }
    }

    private JsonValue FromEnvironment(MapNode map, string path)
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

    private JsonValue FromFile(MapNode map, string path)
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

    // What Vault does not have is an empty map and a warning, as in Chaos Toolkit; that it cannot be asked is an error.
    private JsonNode? FromVault(MapNode map, string path)
    {
        var fields = new Fields(map, path, scope);
        fields.Take("type");
        var place = fields.Text("path");
        var key = fields.Text("key");
        fields.WarnUnknown("A secret from Vault");
        if (place is null)
        {
            scope.Warn("CRT2208", path, map, key is null
                ? "The secret is a Vault entry without a path; it is an empty map."
                : $"The secret is a Vault entry with a key and without a path; key is a name under the path. It is an empty map. Write path: {key}, if that was meant.");
            return new JsonObject();
        }

        if (scope.Options.Vault is not { } ask)
        {
            scope.Warn("CRT2026", path, map, "The secret is to come from Vault, which is not asked here; it is an empty map.");
            return new JsonObject();
        }

        var answer = ask(new VaultRequest(place, key ?? "", scope.Configuration));
        if (answer.Code.Length > 0)
        {
            scope.Problems.Add(new Problem(path, answer.Code, answer.Message, map.Line, map.Column) { IsWarning = answer.IsWarning });
        }

        return answer.Value?.DeepClone();
    }
}
