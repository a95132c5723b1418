using System.Text.Json.Nodes;

namespace Crater.Documents;

/// <summary>One node of a document that was read: immutable, and knows where it stands. A closed family of map, list and scalar.</summary>
/// <param name="line">Counted from 1; 0 for a node that stands in no text.</param>
/// <param name="column">Counted from 1; 0 for a node that stands in no text.</param>
public abstract class DocumentNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>How many nodes there are in all, this one included, aliases written out. Stops counting at <see cref="int.MaxValue"/>.</summary>
    public abstract int Size { get; }

    /// <summary>What it is, for an error message: <c>a map</c>, <c>a list</c>, <c>the number 3</c>, <c>the text "x"</c>, <c>nothing</c>.</summary>
    public abstract string Saying { get; }

    /// <summary>The plain data, typed as Chaos Toolkit's YAML loader would; a fresh tree at each call.</summary>
    public abstract JsonNode? ToJson();

    /// <summary>The same data as nodes, all at one place.</summary>
    public static DocumentNode FromJson(JsonNode? json, int line = 0, int column = 0) => json switch
    {
        JsonObject map => new MapNode([.. map.Select(pair => new MapEntry(pair.Key, FromJson(pair.Value, line, column), line, column))], line, column),
        JsonArray list => new ListNode([.. list.Select(item => FromJson(item, line, column))], line, column),
        _ => ScalarNode.Of(json, line, column),
    };

    internal static int Sum(IEnumerable<DocumentNode> nodes)
    {
        var sum = 1L;
        foreach (var node in nodes)
        {
            sum += node.Size;
        }

        return (int)Math.Min(sum, int.MaxValue);
    }
}

/// <summary>One key of a map with its value.</summary>
/// <param name="Line">Where the key stands.</param>
public sealed record MapEntry(string Key, DocumentNode Value, int Line, int Column);

/// <summary>Keys and values in the order in which they were written; no key is there twice.</summary>
public sealed class MapNode : DocumentNode
{
    // Most maps are small, and looking along a few keys is faster than a table of them and needs no memory.
    private const int SmallMax = 8;

    private readonly Dictionary<string, MapEntry>? _byKey;

    public MapNode(IReadOnlyList<MapEntry> entries, int line, int column) : base(line, column)
    {
        Entries = entries;
        _byKey = entries.Count > SmallMax ? entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal) : null;
        var sum = 1L;
        for (var i = 0; i < entries.Count; i++)
        {
            sum += entries[i].Value.Size;
        }

        Size = (int)Math.Min(sum, int.MaxValue);
    }

    public IReadOnlyList<MapEntry> Entries { get; }

    public override int Size { get; }

    public override string Saying => "a map";

    /// <summary>The value of a key; null when the map has no such key.</summary>
    public DocumentNode? this[string key] => Entry(key)?.Value;

    public bool Has(string key) => Entry(key) is not null;

    public MapEntry? Entry(string key)
    {
        if (_byKey is not null)
        {
            return _byKey.GetValueOrDefault(key);
        }

        for (var i = 0; i < Entries.Count; i++)
        {
            if (string.Equals(Entries[i].Key, key, StringComparison.Ordinal))
            {
                return Entries[i];
            }
        }

        return null;
    }

    /// <summary>The text of a scalar value; null when the key is missing, its value is no scalar, or it is null.</summary>
    public string? Text(string key) => this[key] is ScalarNode { IsNull: false } scalar ? scalar.Text : null;

    public override JsonNode? ToJson() => new JsonObject(Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToJson())));
}

/// <summary>Values in order.</summary>
public sealed class ListNode : DocumentNode
{
    public ListNode(IReadOnlyList<DocumentNode> items, int line, int column) : base(line, column)
    {
        Items = items;
        Size = Sum(items);
    }

    public IReadOnlyList<DocumentNode> Items { get; }

    public override int Size { get; }

    public override string Saying => "a list";

    public override JsonNode? ToJson() => new JsonArray([.. Items.Select(item => item.ToJson())]);
}
