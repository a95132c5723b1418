using System.Text.Json.Nodes;

namespace Crater.Experiments;

/// <summary>
/// The secrets of an experiment, by group and name. Substitution sees them; nothing that is written does: <see cref="Mask(string)"/> comes
/// before every journal, log and report. The class has no text form of its own.
/// </summary>
public sealed class Secrets
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Masked = "*****";

    // A shorter text would black out half of every log; such a secret protects nothing.
    private const int LengthMin = 4;

    private readonly IReadOnlyDictionary<string, JsonObject> _groups;
    private readonly string[] _values;

    /// <param name="hidden">Texts that are masked as well, though no document can refer to them as secrets.</param>
    public Secrets(IReadOnlyDictionary<string, JsonObject> groups, IEnumerable<string>? hidden = null)
    {
        _groups = groups;
        _values = [.. groups.Values.SelectMany(Texts).Concat((hidden ?? []).SelectMany(Forms)).Where(text => text.Length >= LengthMin).Distinct(StringComparer.Ordinal)
            .OrderByDescending(text => text.Length)];
    }

    public static Secrets None { get; } = new(new Dictionary<string, JsonObject>());

    public IEnumerable<string> Groups => _groups.Keys;

    /// <summary>There is nothing to mask.</summary>
    public bool IsEmpty => _values.Length == 0;

    /// <summary>The first group, in the order of the document, that has the name decides.</summary>
    public bool TryFind(string name, out JsonNode? value)
    {
        foreach (var group in _groups.Values)
        {
            if (group.TryGetPropertyValue(name, out value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Copies of the groups put together, a later one over an earlier; a group that is not there gives nothing. Must not be written anywhere.</summary>
    public JsonObject Merged(IEnumerable<string> groups)
    {
        JsonObject merged = [];
        foreach (var (name, value) in groups.SelectMany(group => _groups.GetValueOrDefault(group) ?? []))
        {
            merged[name] = value?.DeepClone();
        }

        return merged;
    }

    /// <summary>The text with every secret of at least 4 characters in it replaced, also where it stands escaped in JSON or in a URL.</summary>
    public string Mask(string text)
    {
        foreach (var value in _values)
        {
            text = text.Replace(value, Masked, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>A copy of the data with every secret in its texts and keys replaced.</summary>
    public JsonNode? Mask(JsonNode? json) => json switch
    {
        _ when _values.Length == 0 => json?.DeepClone(),
        JsonObject map => new JsonObject(map.GroupBy(pair => Mask(pair.Key), pair => pair.Value)
            .Select(group => KeyValuePair.Create(group.Key, Mask(group.Last())))),
        JsonArray list => new JsonArray([.. list.Select(Mask)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Mask(text)),
        JsonValue value when _values.Contains(value.ToJsonString()) => JsonValue.Create(Masked),
        _ => json?.DeepClone(),
    };

    public override string ToString() => Masked;

    private static IEnumerable<string> Texts(JsonNode? json) => json switch
    {
        JsonObject map => map.SelectMany(pair => Texts(pair.Value)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value => Forms(value.TryGetValue<string>(out var text) ? text : value.ToJsonString()),
        _ => [],
    };

    private static IEnumerable<string> Forms(string text)
    {
        yield return text;
        yield return Uri.EscapeDataString(text);
        yield return JsonValue.Create(text).ToJsonString().Trim('"');
        yield return text.Trim();
    }
}
