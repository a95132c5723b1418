using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>
/// Resolves <c>configuration</c>: literals, environment entries with types and defaults, and overrides. Nothing is put into values. What a probe
/// is to give is left to <see cref="DynamicReader"/>.
/// </summary>
internal static class ConfigurationReader
{
    public static IReadOnlyDictionary<string, JsonNode?> Read(MapNode? section, ReadScope scope)
    {
        Dictionary<string, JsonNode?> values = new(StringComparer.Ordinal);
        foreach (var entry in section?.Entries ?? [])
        {
            scope.Dynamic.Declare(entry.Key);
            if (scope.Options.Resolved.TryGetValue(entry.Key, out var known))
            {
                values[entry.Key] = known?.DeepClone();
            }
            else
            {
                ReadEntry(entry.Key, Overridden(entry, scope), $"configuration.{entry.Key}", scope, values);
            }
        }

        foreach (var (name, value) in scope.Options.Resolved.Where(pair => !values.ContainsKey(pair.Key)))
        {
            values[name] = value?.DeepClone();
        }

        foreach (var name in scope.Options.Variables.Keys.Where(name => section?.Has(name) != true))
        {
            scope.Warn("CRT2023", $"configuration.{name}", section,
                $"The variable {name} is given but not declared in configuration, so it changes nothing.{Spelling.DidYouMean(name, section?.Entries.Select(e => e.Key) ?? [])}");
        }

        return values;
    }

    // A var file may give a whole entry, which is read as if it stood in the document.
    private static DocumentNode Overridden(MapEntry entry, ReadScope scope)
    {
        if (!scope.Options.Variables.TryGetValue(entry.Key, out var given))
        {
            return entry.Value;
        }

        var node = DocumentNode.FromJson(given, entry.Line, entry.Column);
        scope.Mistyped.Compare(entry, node, scope);
        return node;
    }

    private static void ReadEntry(string name, DocumentNode node, string path, ReadScope scope, Dictionary<string, JsonNode?> values)
    {
        switch (node)
        {
            case MapNode map when map.Text("type") == "env":
                ReadEnvironment(name, map, path, scope, values);
                break;
            case MapNode map when map.Text("type") == "probe":
                scope.Unresolved.Add(name);
                scope.Dynamic.Add(name, map);
                break;
            default:
                values[name] = node.ToJson();
                break;
        }
    }

    private static void ReadEnvironment(string name, MapNode map, string path, ReadScope scope, Dictionary<string, JsonNode?> values)
    {
        var fields = new Fields(map, path, scope);
        fields.Take("type");
        var key = fields.Text("key");
        var type = fields.Text("env_var_type");
        var text = key is not null && scope.Options.Environment.TryGetValue(key, out var found) ? found : null;
        fields.Take("default");
        fields.WarnUnknown("An environment entry");
        if (key is null)
        {
            scope.Error("CRT2020", path, map, $"{name} is an environment entry without a key; say which variable it is read from.");
            scope.Unresolved.Add(name);
        }
        else if (text is null && !map.Has("default"))
        {
            scope.Error("CRT2020", path, map, $"{name} needs the environment variable {key}, which is not set, and there is no default. Set it, or give --var {name}=VALUE.");
            scope.Unresolved.Add(name);
        }
        else if (VariableTypes.TryConvert(text is not null ? JsonValue.Create(text) : map["default"]!.ToJson(), type, out var value))
        {
            values[name] = value;
        }
        else
        {
            scope.Unresolved.Add(name);
            scope.Error("CRT2021", path, map, VariableTypes.All.Contains(type)
                ? $"The {(text is not null ? $"environment variable {key}" : "default")} is not of type {type}."
                : $"env_var_type {type} is not known; use {string.Join(", ", VariableTypes.All)}.");
        }
    }
}
