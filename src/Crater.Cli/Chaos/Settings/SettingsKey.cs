using System.Globalization;
using System.Text.Json.Nodes;

namespace Crater.Cli.Chaos.Settings;

/// <summary>A dotted key of the settings: <c>auths.example\.com.type</c>, <c>controls[0].name</c>. A backslash makes a dot part of a name.</summary>
internal sealed class SettingsKey
{
    private readonly JsonNode _parent;
    private readonly string? _name;
    private readonly int _index;

    private SettingsKey(JsonNode parent, string? name, int index, JsonNode? value) => (_parent, _name, _index, Value) = (parent, name, index, value);

    /// <summary>What stands there.</summary>
    public JsonNode? Value { get; }

    /// <returns>Null when there is nothing at that key.</returns>
    public static SettingsKey? Find(JsonObject settings, string key)
    {
        SettingsKey? found = null;
        JsonNode? current = settings;
        foreach (var part in Parts(key))
        {
            var (name, index) = Index(part);
            if (current is not JsonObject map || !map.TryGetPropertyValue(name, out current))
            {
                return null;
            }

            found = new SettingsKey(map, name, -1, current);
            if (index is { } at)
            {
                if (current is not JsonArray list || at < 0 || at >= list.Count)
                {
                    return null;
                }

                current = list[at];
                found = new SettingsKey(list, null, at, current);
            }
        }

        return found;
    }

    public void Set(JsonNode? value)
    {
        if (_name is not null)
        {
            _parent[_name] = value;
        }
        else
        {
            _parent[_index] = value;
        }
    }

    public void Remove()
    {
        if (_name is not null)
        {
            _parent.AsObject().Remove(_name);
        }
        else
        {
            _parent.AsArray().RemoveAt(_index);
        }
    }

    private static IEnumerable<string> Parts(string key)
    {
        var begin = 0;
        for (var at = 0; at < key.Length; at++)
        {
            if (key[at] == '.' && (at == 0 || key[at - 1] != '\\'))
            {
                yield return Plain(key[begin..at]);
                begin = at + 1;
            }
        }

        yield return Plain(key[begin..]);
    }

    private static string Plain(string part) => part.Replace("\\", "", StringComparison.Ordinal);

    private static (string Name, int? Index) Index(string part)
    {
        var bracket = part.LastIndexOf('[');
        return bracket >= 0 && part[^1] == ']' && part[(bracket + 1)..^1].All(char.IsAsciiDigit)
            ? (part[..bracket], int.TryParse(part[(bracket + 1)..^1], CultureInfo.InvariantCulture, out var index) ? index : -1)
            : (part, null);
    }
}
