using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Documents;

/// <summary>What a scalar is, once typed.</summary>
public enum ScalarType { Null, Boolean, Integer, Number, Text }

/// <summary>One value without parts. A quoted <c>"60"</c> is text, a plain <c>60</c> is a number; <see cref="Text"/> has the characters of both.</summary>
public sealed class ScalarNode : DocumentNode
{
    private readonly object? _value;

    private ScalarNode(string text, ScalarType type, object? value, int line, int column) : base(line, column)
    {
        Text = text;
        Type = type;
        _value = value;
    }

    /// <summary>The characters as written, escapes and quotes resolved.</summary>
    public string Text { get; }

    public ScalarType Type { get; }

    public bool IsNull => Type == ScalarType.Null;

    public bool IsText => Type == ScalarType.Text;

    public bool IsNumber => Type is ScalarType.Integer or ScalarType.Number;

    /// <summary>Null when it is no boolean.</summary>
    public bool? Boolean => _value as bool?;

    /// <summary>Null when it is no integer of 64 bits.</summary>
    public long? Integer => _value as long?;

    /// <summary>Null when it is no number.</summary>
    public double? Number => _value switch { long whole => whole, double real => real, _ => null };

    public override int Size => 1;

    public override string Saying => Type switch
    {
        ScalarType.Null => "nothing",
        ScalarType.Boolean => Text,
        ScalarType.Text => $"the text \"{Shorten(Text)}\"",
        _ => $"the number {Shorten(Text)}",
    };

    /// <summary>A scalar from a document; <paramref name="isPlain"/> says that it was written without quotes, so that its type is read from its characters.</summary>
    public static ScalarNode Read(string text, bool isPlain, int line, int column)
    {
        var (type, value) = isPlain ? ScalarTyping.Resolve(text) : (ScalarType.Text, null);
        return new ScalarNode(text, type, value, line, column);
    }

    public static ScalarNode OfText(string text, int line = 0, int column = 0) => new(text, ScalarType.Text, null, line, column);

    /// <summary>A JSON number by its characters.</summary>
    internal static ScalarNode OfNumber(string text, int line, int column) =>
        !text.AsSpan().ContainsAny('.', 'e', 'E') && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? new(text, ScalarType.Integer, whole, line, column)
            : new(text, ScalarType.Number, double.Parse(text, CultureInfo.InvariantCulture), line, column);

    internal static ScalarNode Of(JsonNode? json, int line, int column) => json?.GetValueKind() switch
    {
        null or JsonValueKind.Null => new("null", ScalarType.Null, null, line, column),
        JsonValueKind.True => new("true", ScalarType.Boolean, true, line, column),
        JsonValueKind.False => new("false", ScalarType.Boolean, false, line, column),
        JsonValueKind.Number => OfNumber(json.ToJsonString(), line, column),
        _ => OfText(json.GetValue<string>(), line, column),
    };

    // A number that JSON cannot write (an infinity) stays text, so that no later writer fails on it; 1.0 stays 1.0, which a whole number is not.
    public override JsonNode? ToJson() => _value switch
    {
        bool flag => JsonValue.Create(flag),
        long whole => JsonValue.Create(whole),
        double real when real == Math.Floor(real) && Math.Abs(real) < 1e15 => JsonNode.Parse(real.ToString("0.0", CultureInfo.InvariantCulture)),
        double real when double.IsFinite(real) => JsonValue.Create(real),
        _ => IsNull ? null : JsonValue.Create(Text),
    };

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
