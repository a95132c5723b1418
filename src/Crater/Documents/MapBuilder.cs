using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>Collects the entries of one map and judges keys that stand there twice.</summary>
internal sealed class MapBuilder(DuplicateKeys duplicateKeys, List<Problem> problems)
{
    private readonly List<MapEntry> _entries = [];
    private Dictionary<string, int>? _places;

    public void Add(MapEntry entry)
    {
        if (PlaceOf(entry.Key) is not { } place)
        {
            Append(entry);
            return;
        }

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
            if (PlaceOf(entry.Key) is null)
            {
                Append(entry);
            }
        }
    }

    public MapNode Build(int line, int column) => new(_entries, line, column);

    // A table of the keys is made when there are more than a few of them.
    private int? PlaceOf(string key)
    {
        if (_places is not null)
        {
            return _places.TryGetValue(key, out var place) ? place : null;
        }

        for (var i = 0; i < _entries.Count; i++)
        {
            if (string.Equals(_entries[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return null;
    }

    private void Append(MapEntry entry)
    {
        _entries.Add(entry);
        if (_places is not null)
        {
            _places[entry.Key] = _entries.Count - 1;
        }
        else if (_entries.Count > 8)
        {
            _places = new(StringComparer.Ordinal);
            for (var i = 0; i < _entries.Count; i++)
            {
                _places[_entries[i].Key] = i;
            }
        }
    }

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
