using Crater.Diagnostics;
using Crater.Documents;
using Crater.Targets;

namespace Crater.Risks;

/// <summary>One map of a risk file, read key by key; what is missing or wrong becomes a problem with file, place and code.</summary>
internal sealed class RiskFields(DocumentNode? node, string path, ICollection<Problem> problems)
{
    private readonly MapNode _map = node as MapNode ?? new MapNode([], node?.Line ?? 0, node?.Column ?? 0);

    public int Line => _map.Line;

    public int Column => _map.Column;

    public string Path => path;

    public bool Has(string key) => _map.Has(key);

    public MapNode? Node(string key) => _map[key] as MapNode;

    public void OnlyKeys(params ReadOnlySpan<string> known)
    {
        if (node is not null and not MapNode)
        {
            Say("", "CRT9203", $"A map was expected and {node.Saying} was found.");
        }

        foreach (var entry in _map.Entries)
        {
            if (!known.Contains(entry.Key))
            {
                problems.Add(new Problem($"{path}.{entry.Key}", "CRT9202", $"There is no key '{entry.Key}' here. Use one of {string.Join(", ", known.ToArray())}.", entry.Line, entry.Column));
            }
        }
    }

    public string Text(string key, string? otherwise = null)
    {
        if (_map.Text(key) is { Length: > 0 } text)
        {
            return text;
        }

        if (otherwise is null)
        {
            Missing(key, "a text");
        }

        return otherwise ?? "";
    }

    public double Number(string key, double min, double max, double? otherwise = null)
    {
        if (_map[key] is null && otherwise is { } value)
        {
            return value;
        }

        if (_map[key] is ScalarNode { Number: { } number } && number >= min && number <= max)
        {
            return number;
        }

        Missing(key, $"a number from {min} to {max}");
        return min;
    }

    public TimeSpan Duration(string key, TimeSpan? otherwise = null)
    {
        if (_map[key] is null && otherwise is { } value)
        {
            return value;
        }

        if (Durations.TryParse(_map.Text(key), out var duration))
        {
            return duration;
        }

        Missing(key, "a duration such as 30s");
        return TimeSpan.Zero;
    }

    public T Enum<T>(string key, string text) where T : struct, Enum
    {
        if (System.Enum.TryParse<T>(text.Replace("-", ""), ignoreCase: true, out var value) && System.Enum.IsDefined(value))
        {
            return value;
        }

        if (text.Length > 0)
        {
            Say(key, "CRT9203", $"'{text}' is none of {string.Join(", ", System.Enum.GetNames<T>())}.");
        }

        return default;
    }

    public IReadOnlyList<string> Texts(string key, bool required = false)
    {
        if (_map[key] is ListNode list && list.Items.All(item => item is ScalarNode { IsNull: false }) && (list.Items.Count > 0 || !required))
        {
            return [.. list.Items.Select(item => ((ScalarNode)item).Text)];
        }

        if (required || _map[key] is not null)
        {
            Missing(key, "a list of texts");
        }

        return [];
    }

    public RiskFields Map(string key)
    {
        if (_map[key] is not MapNode)
        {
            Missing(key, "a map");
        }

        return new RiskFields(_map[key] as MapNode ?? new MapNode([], Line, Column), $"{path}.{key}", problems);
    }

    public IEnumerable<RiskFields> Maps(string key)
    {
        if (_map[key] is not ListNode { Items.Count: > 0 } list)
        {
            Missing(key, "a list of maps");
            return [];
        }

        return list.Items.Select((item, i) => new RiskFields(item, $"{path}.{key}[{i}]", problems));
    }

    public void Say(string key, string code, string message)
    {
        var at = key.Length > 0 && _map.Entry(key) is { } entry ? (entry.Line, entry.Column) : (Line, Column);
        problems.Add(new Problem(key.Length > 0 ? $"{path}.{key}" : path, code, message, at.Line, at.Column));
    }

    private void Missing(string key, string wanted) => Say(
        key,
        _map.Has(key) ? "CRT9203" : "CRT9201",
        _map.Has(key) ? $"'{key}' must be {wanted}; found {_map[key]!.Saying}." : $"'{key}' is missing. Add {wanted}.");
}
