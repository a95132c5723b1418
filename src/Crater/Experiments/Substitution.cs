using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.Experiments;

/// <summary>
/// Puts values in the place of <c>${name}</c> and <c>$name</c> as Chaos Toolkit does: a text that is nothing but one <c>${name}</c> becomes the value with
/// its type; within other text it becomes text; <c>$$</c> is a dollar; an unknown name stays as it is; results are not looked at again. Beside it
/// <c>${outputs.ACTIVITY.stdout}</c> is what an earlier activity gave, which is Crater's own (<see cref="OutputReference"/>).
/// </summary>
public sealed partial class Substitution(
    IReadOnlyDictionary<string, JsonNode?> configuration, Secrets secrets, IReadOnlyDictionary<string, JsonNode?>? outputs = null)
{
    private const string Outputs = "outputs.";

    public static Substitution None { get; } = new(new Dictionary<string, JsonNode?>(), Secrets.None);

    /// <summary>There is nothing to put in, and by the rules of the format <c>$$</c> stays as it is too.</summary>
    public bool IsEmpty => configuration.Count == 0 && !secrets.Groups.Any() && outputs is null or { Count: 0 };

    /// <summary>Substitutes in the values of maps and lists, at every depth; keys stay.</summary>
    public JsonNode? Apply(JsonNode? json) => json switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Apply(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Apply)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Value(text),
        _ => json?.DeepClone(),
    };

    /// <summary>One text; the result may be of any type.</summary>
    public JsonNode? Value(string text)
    {
        if (!text.Contains('$'))
        {
            return JsonValue.Create(text);
        }

        var whole = Whole().Match(text);
        return whole.Success && TryFind(whole.Groups[1].Value, out var value) ? value?.DeepClone() : JsonValue.Create(Text(text));
    }

    /// <summary>One text, always as text.</summary>
    public string Text(string text) => !text.Contains('$') ? text : Place().Replace(text, place =>
    {
        var name = place.Groups["name"].Value;
        return place.Value == "$$" ? "$" : TryFind(name, out var value) ? Written(value) : place.Value;
    });

    /// <summary>One argument of a program, as text: a value that is null leaves it out, which an empty text does too.</summary>
    public string Argument(string text) => Value(text) is { } value ? Written(value) : "";

    /// <summary>The names that a text refers to, known or not; not those of outputs.</summary>
    public static IEnumerable<string> Names(string text) => Places(text).Where(name => !name.StartsWith(Outputs, StringComparison.Ordinal));

    /// <summary>What a text refers to of earlier activities, without <c>outputs.</c>.</summary>
    public static IEnumerable<string> OutputsIn(string text) =>
        Places(text).Where(name => name.StartsWith(Outputs, StringComparison.Ordinal)).Select(name => name[Outputs.Length..]);

    /// <summary>Configuration first, then each group of secrets in the order of the document.</summary>
    public bool TryFind(string name, out JsonNode? value)
    {
        if (name.StartsWith(Outputs, StringComparison.Ordinal))
        {
            value = null;
            return outputs is not null && OutputReference.TryFind(name[Outputs.Length..], outputs, out value);
        }

        return configuration.TryGetValue(name, out value) || secrets.TryFind(name, out value);
    }

    /// <summary>A value within text, written as Python would: <c>True</c>, <c>None</c>, <c>['a', 1]</c>.</summary>
    public static string Written(JsonNode? value) => PythonValue.Text(value);

    private static IEnumerable<string> Places(string text) =>
        text.Contains('$') ? Place().Matches(text).Select(place => place.Groups["name"].Value).Where(name => name.Length > 0) : [];

    [GeneratedRegex(@"^\$\{([A-Za-z_][A-Za-z0-9_]*|outputs\.[^${}]+)\}\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\$(?:\$|(?<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?<name>[A-Za-z_][A-Za-z0-9_]*|outputs\.[^${}]+)\})")]
    private static partial Regex Place();
}
