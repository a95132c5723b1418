using System.Collections.Frozen;

namespace Crater.Lab.Api.Schemas;

/// <summary>The shape of a value in a Kubernetes object.</summary>
internal enum ValueShape { Any, Text, Integer, Number, Flag, Quantity, IntegerOrText, Time, List, Map, Object }

/// <param name="TypeName">For an object the type's name in the table, for example <c>core.v1.Container</c>.</param>
/// <param name="Element">For a list or a map what it holds.</param>
internal sealed record FieldType(ValueShape Shape, string TypeName, FieldType? Element)
{
    public static readonly FieldType Any = new(ValueShape.Any, "", null);
}

/// <param name="MergeKey">For a list that a strategic merge patch merges: the field that tells its items apart, "" for plain values; else null.</param>
/// <param name="RetainsKeys">A strategic merge patch may name the only keys that stay.</param>
internal sealed record TypeField(string Name, FieldType Type, bool IsRequired, string? MergeKey, bool RetainsKeys)
{
    /// <summary>For a list whose items are owned one by one: the fields that tell them apart, none for plain values; null for a list owned as a whole.</summary>
    public IReadOnlyList<string>? ListKeys { get; init; }

    /// <summary>A map or an object that is owned as a whole.</summary>
    public bool IsAtomic { get; init; }
}

/// <summary>
/// The fields of every type that the lab serves, from the table <c>types.txt</c>: one type a line, its group/version/kind after '=' when it is
/// a resource, then its fields as <c>name:type</c>. Types are s(tring), i(nteger), n(umber), b(oolean), q(uantity), x (integer or string),
/// t(ime), * (anything), [ (list of), { (map of) or a type's name; then #keys for a list whose items are owned one by one, ~ for what is owned
/// as a whole (also behind a type's name), @key for a merged list, ^ for retained keys, ! for required.
/// </summary>
internal static class TypeTable
{
    private static readonly Lazy<(FrozenDictionary<string, FrozenDictionary<string, TypeField>> Types, FrozenDictionary<string, string> Kinds, FrozenSet<string> Atomic)>
        Table = new(Read);

    /// <summary>The fields of a type by name; null for a type that is not in the table.</summary>
    public static FrozenDictionary<string, TypeField>? FieldsOf(string typeName) => Table.Value.Types.GetValueOrDefault(typeName);

    /// <summary>The type of a resource; null for one without (a custom resource).</summary>
    public static string? TypeOf(string group, string version, string kind) => Table.Value.Kinds.GetValueOrDefault($"{group}/{version}/{kind}");

    /// <summary>Objects of this type are owned as a whole.</summary>
    public static bool IsAtomic(string typeName) => Table.Value.Atomic.Contains(typeName);

    public static IEnumerable<string> TypeNames => Table.Value.Types.Keys;

    private static (FrozenDictionary<string, FrozenDictionary<string, TypeField>> Types, FrozenDictionary<string, string> Kinds, FrozenSet<string> Atomic) Read()
    {
        using var reader = new StreamReader(typeof(TypeTable).Assembly.GetManifestResourceStream("types.txt")!);
        Dictionary<string, FrozenDictionary<string, TypeField>> types = [];
        Dictionary<string, string> kinds = [];
        HashSet<string> atomic = [];
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            var head = words[0].Split('=');
            var name = head[0].TrimEnd('~');
            if (name.Length < head[0].Length)
            {
                atomic.Add(name);
            }

            types[name] = words.Skip(1).Select(ReadField).ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
            if (head.Length > 1)
            {
                kinds[head[1]] = name;
            }
        }

        return (types.ToFrozenDictionary(StringComparer.Ordinal), kinds.ToFrozenDictionary(StringComparer.Ordinal),
            atomic.ToFrozenSet(StringComparer.Ordinal));
    }

    private static TypeField ReadField(string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var (name, type) = (word[..colon], word[(colon + 1)..]);
        var isRequired = type.EndsWith('!');
        type = type.TrimEnd('!');
        var retainsKeys = type.EndsWith('^');
        type = type.TrimEnd('^');
        var (shape, mergeKey) = Cut(type, '@');
        var isAtomic = shape.EndsWith('~');
        var (code, keys) = Cut(shape.TrimEnd('~'), '#');
        return new TypeField(name, ReadType(code), isRequired, mergeKey, retainsKeys)
        {
            ListKeys = keys?.Split(',', StringSplitOptions.RemoveEmptyEntries),
            IsAtomic = isAtomic,
        };
    }

    /// <summary>What stands before a sign, and what stands behind it; null where there is none.</summary>
    private static (string Front, string? Behind) Cut(string text, char sign)
    {
        var at = text.IndexOf(sign, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static FieldType ReadType(string code) => code[0] switch
    {
        '[' => new FieldType(ValueShape.List, "", ReadType(code[1..])),
        '{' => new FieldType(ValueShape.Map, "", ReadType(code[1..])),
        _ => code switch
        {
            "s" => new FieldType(ValueShape.Text, "", null),
            "i" => new FieldType(ValueShape.Integer, "", null),
            "n" => new FieldType(ValueShape.Number, "", null),
            "b" => new FieldType(ValueShape.Flag, "", null),
            "q" => new FieldType(ValueShape.Quantity, "", null),
            "x" => new FieldType(ValueShape.IntegerOrText, "", null),
            "t" => new FieldType(ValueShape.Time, "", null),
            "*" => FieldType.Any,
            _ => new FieldType(ValueShape.Object, code, null),
        },
    };
}
