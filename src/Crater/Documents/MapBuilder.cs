using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>Collects the entries of one map and judges keys that stand there twice.</summary>
internal sealed class MapBuilder(DuplicateKeys duplicateKeys, List<Problem> problems)
{
    private readonly List<MapEntry> _entries = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public void Add(MapEntry entry)
    {
        if (_places.TryAdd(entry.Key, _entries.Count))
        {
            _entries.Add(entry);
            return;
        }

        var place = _places[entry.Key];
        var first = _entries[place];
        var isMerged = duplicateKeys == DuplicateKeys.Merge;
        problems.Add(new Problem(entry.Key, "CRT1104",
            $"The key {entry.Key} stands here and in line {first.Line} of the same map. {(isMerged ? "Both were merged; write it once." : "Remove one of the two.")}",
            entry.Line, entry.Column)
        { IsWarning = isMerged });
        _entries[place] = first with { Value = Merge(first.Value, entry.Value) };
    }

    /// <summary>What a YAML merge key (<c>&lt;&lt;</c>) brings: only keys that the map does not have itself.</summary>
    public void AddMissing(IEnumerable<MapEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (_places.TryAdd(entry.Key, _entries.Count))
            {
                _entries.Add(entry);
            }
        }
    }

    public MapNode Build(int line, int column) => new(_entries, line, column);

    private DocumentNode Merge(DocumentNode first, DocumentNode second)
    {
        if (duplicateKeys == DuplicateKeys.Refuse || first is not MapNode left || second is not MapNode right)
        {
            return second;
        }

        var merged = new Dictionary<string, MapEntry>(StringComparer.Ordinal);
        var order = left.Entries.Concat(right.Entries).Select(entry => entry.Key).Distinct(StringComparer.Ordinal).ToList();
        foreach (var entry in left.Entries.Concat(right.Entries))
        {
            merged[entry.Key] = merged.TryGetValue(entry.Key, out var earlier) ? earlier with { Value = Merge(earlier.Value, entry.Value) } : entry;
        }

        return new MapNode([.. order.Select(key => merged[key])], left.Line, left.Column);
    }
}
