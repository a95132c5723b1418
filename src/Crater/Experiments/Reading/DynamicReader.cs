using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads the configuration entries that a provider gives just before the run. Each one sees the keys above it and no others.</summary>
internal sealed class DynamicReader(ReadScope scope)
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, MapNode> _entries = new(StringComparer.Ordinal);

    /// <summary>Told of every key of <c>configuration</c>, in the order of the document.</summary>
    public void Declare(string key) => _order.Add(key);

    public void Add(string key, MapNode map) => _entries[key] = map;

    public IReadOnlyList<DynamicEntry> Read(ActivityReader activities)
    {
        if (_entries.Count == 0)
        {
            return [];
        }

        List<DynamicEntry> read = [];
        var (all, unresolved) = (scope.Configuration, scope.Unresolved.ToHashSet());
        Dictionary<string, JsonNode?> above = new(StringComparer.Ordinal);
        scope.Configuration = above;
        scope.Unresolved.ExceptWith(_entries.Keys);
        scope.Below = [.. _order];
        var order = _order.ToArray();
        for (var place = 0; place < _order.Count; place++)
        {
            var key = _order[place];
            scope.Below.Remove(key);
            if (_entries.TryGetValue(key, out var map))
            {
                if (activities.ReadDynamic(map, $"configuration.{key}", key) is { } probe)
                {
                    read.Add(new DynamicEntry(key, probe) { Above = new ArraySegment<string>(order, 0, place) });
                }

                scope.Unresolved.Add(key);
            }
            else if (all.TryGetValue(key, out var value))
            {
                above[key] = value;
            }
        }

        scope.Configuration = all;
        scope.Unresolved.UnionWith(unresolved);
        return read;
    }
}
