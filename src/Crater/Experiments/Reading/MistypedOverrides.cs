using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>
/// Overrides that are a text where the document declares something else, as <c>--var wait=120</c> is for <c>wait: 60</c>. That alone is a warning: most
/// places take the text as well. Where the value must be a number it is an error, with the spelling that works.
/// </summary>
internal sealed class MistypedOverrides
{
    private readonly Dictionary<string, string> _complaints = new(StringComparer.Ordinal);

    /// <summary>Compares an override with the literal that it replaces.</summary>
    public void Compare(MapEntry declared, DocumentNode given, ReadScope scope)
    {
        if (given is not ScalarNode { IsText: true } text || KindOf(declared.Value) is not var (kind, type))
        {
            return;
        }

        var hint = VariableTypes.TryConvert(JsonValue.Create(text.Text), type, out _)
            ? $"Write --var {declared.Key}:{type}={text.Text}, or in a var file without quotes."
            : $"Give {kind}, with --var {declared.Key}:{type}=… or in a var file.";
        _complaints[declared.Key] = $"{declared.Key} is declared as {kind}, and the override gives the text \"{text.Text}\". {hint}";
        scope.Warn("CRT2200", $"configuration.{declared.Key}", declared.Value, _complaints[declared.Key]);
    }

    /// <summary>Lists an error where a value must not be a text, if the node is one of these variables. True when it did.</summary>
    public bool Refuses(DocumentNode? node, string path, ReadScope scope)
    {
        if (node is not ScalarNode { IsText: true } scalar || Substitution.Names(scalar.Text).FirstOrDefault(_complaints.ContainsKey) is not { } name)
        {
            return false;
        }

        scope.Error("CRT2201", path, node, $"{_complaints[name]} A text cannot be used here.");
        return true;
    }

    private static (string Kind, string Type)? KindOf(DocumentNode declared) => declared switch
    {
        ScalarNode { Type: ScalarType.Integer } => ("a whole number", "int"),
        ScalarNode { Type: ScalarType.Number } => ("a number", "float"),
        ScalarNode { Type: ScalarType.Boolean } => ("true or false", "bool"),
        ListNode => ("a list", "json"),
        MapNode map when map.Text("type") is not ("env" or "probe") => ("a map", "json"),
        _ => null,
    };
}
