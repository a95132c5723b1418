using System.Collections.Frozen;

namespace Crater.Lab.Api.Schemas;

/// <param name="Message">The message's name where the value is one: <c>core.v1.Container</c>; else a letter: s(tring), i(nteger), b(oolean), n(umber), y (bytes).</param>
internal sealed record WireField(string Name, string Message, bool IsList, bool IsMap);

/// <summary>
/// The field numbers of Kubernetes' protobuf messages, from the table <c>wire.txt</c>: one message a line, then its fields as
/// <c>number:name:type</c>, the type with [ for a list and { for a map. Source: the generated.proto files of Kubernetes' API.
/// </summary>
internal static class WireTable
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, WireField>>> Table = new(Read);

    public static FrozenDictionary<int, WireField>? FieldsOf(string message) => Table.Value.GetValueOrDefault(message);

    private static FrozenDictionary<string, FrozenDictionary<int, WireField>> Read()
    {
        using var reader = new StreamReader(typeof(WireTable).Assembly.GetManifestResourceStream("wire.txt")!);
        Dictionary<string, FrozenDictionary<int, WireField>> messages = [];
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            messages[words[0]] = words.Skip(1).Select(word => word.Split(':')).ToFrozenDictionary(
                parts => int.Parse(parts[0]),
                parts => new WireField(parts[1], parts[2].TrimStart('[', '{'), parts[2][0] == '[', parts[2][0] == '{'));
        }

        return messages.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
