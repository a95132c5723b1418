using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Resolves <c>configuration</c>: literals, environment entries with types and defaults, and overrides.</summary>
internal static class ConfigurationReader
{
    public static IReadOnlyDictionary<string, JsonNode?> Read(MapNode? section, ReadScope scope)
    {
        Dictionary<string, JsonNode?> values = new(StringComparer.Ordinal);
        foreach (var entry in section?.Entries ?? [])
        {
            var path = $"configuration.{entry.Key}";
            if (scope.Options.Variables.TryGetValue(entry.Key, out var given))
            {
                values[entry.Key] = given?.DeepClone();
            }
            else if (entry.Value is MapNode map && map.Text("type") is "env" or "probe")
            {
                ReadDynamic(entry.Key, (MapNode)entry.Value, path, scope, values);
            }
            else
            {
                values[entry.Key] = entry.Value.ToJson();
            }
        }

        foreach (var name in scope.Options.Variables.Keys.Where(name => section?.Has(name) != true))
        {
            scope.Warn("CRT2023", $"configuration.{name}", section,
                $"The variable {name} is given but not declared in configuration, so it changes nothing.{Spelling.DidYouMean(name, section?.Entries.Select(e => e.Key) ?? [])}");
        }

        return values;
    }

    private static void ReadDynamic(string name, MapNode map, string path, ReadScope scope, Dictionary<string, JsonNode?> values)
    {
        if (map.Text("type") == "probe")
        {
            scope.Unresolved.Add(name);
            scope.Error("CRT2022", path, map, $"{name} is to come from a probe, which is not available in this release. Give it with --var {name}=VALUE or as an env entry.");
            return;
        }

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
        else
        {
            var raw = text is not null ? JsonValue.Create(text) : map["default"]!.ToJson();
            values[name] = Convert(raw, type, path, map, scope);
        }
    }

    private static JsonNode? Convert(JsonNode? raw, string? type, string path, MapNode at, ReadScope scope)
    {
        if (raw is null || type is null)
        {
            return raw;
        }

        if (TryConvert(Substitution.Written(raw), type, out var value))
        {
            return value;
        }

        var isKnown = VariableTypes.Contains(type);
        scope.Error("CRT2021", path, at, isKnown
            ? $"The value is not of type {type}."
            : $"env_var_type {type} is not known; use {string.Join(", ", VariableTypes)}.");
        return null;
    }

    /// <summary>The types of <c>env_var_type</c> and of <c>--var name:type=value</c>.</summary>
    public static IReadOnlyList<string> VariableTypes { get; } = ["str", "string", "int", "integer", "float", "number", "bytes", "bool", "json"];

    /// <summary>Text to a typed value as Chaos Toolkit converts it: <c>bool</c> is false for false, 0 and no alone.</summary>
    public static bool TryConvert(string text, string type, out JsonNode? value)
    {
        value = null;
        switch (type)
        {
            case "str" or "string" or "bytes":
                value = JsonValue.Create(text);
                return true;
            case "bool":
                value = JsonValue.Create(text.ToLowerInvariant() is not ("false" or "0" or "no"));
                return true;
            case "int" or "integer":
                var isWhole = long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole);
                value = JsonValue.Create(whole);
                return isWhole;
            case "float" or "number":
                var isReal = double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real);
                value = isReal ? JsonValue.Create(real) : null;
                return isReal;
            case "json":
                return TryJson(text, out value);
            default:
                return false;
        }
    }

    private static bool TryJson(string text, out JsonNode? value)
    {
        value = JsonValue.Create(text);
        if (text.Length == 0)
        {
            return true;
        }

        try
        {
            value = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
