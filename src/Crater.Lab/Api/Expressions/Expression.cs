using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Expressions;

/// <summary>One step of an expression: names and their values in, a value out.</summary>
internal delegate object? Evaluation(IReadOnlyDictionary<string, object?> names);

/// <summary>
/// A rule in CEL, the language of <c>x-kubernetes-validations</c>. What there is: literals, fields, indexes, has(), the operators, the macros
/// all, exists, exists_one, map and filter, and the functions of <see cref="Functions"/>. What is not there is refused when the rule is
/// read, never passed over. Types are not checked beforehand.
/// </summary>
internal sealed class Expression
{
    private readonly Evaluation _evaluate;

    private Expression(Evaluation evaluate, bool usesOld) => (_evaluate, UsesOld) = (evaluate, usesOld);

    /// <summary>It compares with the object before the update, so it says nothing about a new one.</summary>
    public bool UsesOld { get; }

    /// <exception cref="ExpressionException">It is not CEL, or uses what the lab does not have (CRT8050).</exception>
    public static Expression Read(string source, params IEnumerable<string> names)
    {
        var tokens = Lexer.Read(source);
        return new Expression(new Parser(tokens, names).Read(), tokens.Exists(token => token is { Kind: TokenKind.Name, Text: "oldSelf" }));
    }

    /// <exception cref="ExpressionException">It cannot be evaluated, for example because a field is not there.</exception>
    public bool IsTrue(IReadOnlyDictionary<string, object?> names) => Evaluate(names) is true;

    /// <inheritdoc cref="IsTrue"/>
    public object? Evaluate(IReadOnlyDictionary<string, object?> names) => _evaluate(names);

    /// <summary>A value of an object as CEL sees it.</summary>
    public static object? ValueOf(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when long.TryParse(value.ToJsonString(), out var whole) => whole,
        JsonValue value => double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
        JsonArray list => list.Select(ValueOf).ToList(),
        JsonObject map => map.ToDictionary(pair => pair.Key, pair => ValueOf(pair.Value)),
        _ => null,
    };
}
