using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crater.Tests.Experiments;

/// <summary>As much of JSON Schema (draft 2020-12) as the schema of experiments uses; a word that it does not know fails loudly.</summary>
internal sealed class SchemaChecker(JsonObject root)
{
    private static readonly HashSet<string> Silent = ["$schema", "$defs", "title", "description", "then", "else"];

    /// <summary>Where a value does not fit, with the word that it breaks; empty when it fits.</summary>
    public List<string> Check(JsonNode? value) => Check(root, value, "$");

    private List<string> Check(JsonNode? schema, JsonNode? value, string path)
    {
        List<string> problems = [];
        foreach (var (word, rule) in (JsonObject)schema!)
        {
            problems.AddRange(Silent.Contains(word) ? [] : Word(word, rule, (JsonObject)schema, value, path));
        }

        return problems;
    }

    private IEnumerable<string> Word(string word, JsonNode? rule, JsonObject schema, JsonNode? value, string path) => word switch
    {
        "$ref" => Check(root["$defs"]![rule!.GetValue<string>()["#/$defs/".Length..]] ?? throw new InvalidOperationException($"{rule} is not there"), value, path),
        "type" => When((rule is JsonArray types ? types.Select(type => (string)type!) : [(string)rule!]).Any(type => IsOf(type, value)), word, path),
        "enum" => When(((JsonArray)rule!).Any(item => JsonNode.DeepEquals(item, value)), word, path),
        "const" => When(JsonNode.DeepEquals(rule, value), word, path),
        "required" => value is JsonObject map ? ((JsonArray)rule!).Where(key => !map.ContainsKey((string)key!)).Select(key => $"{path}: {key} is required") : [],
        "properties" => value is JsonObject map ? map.Where(pair => rule![pair.Key] is not null).SelectMany(pair => Check(rule![pair.Key], pair.Value, $"{path}.{pair.Key}")) : [],
        "additionalProperties" => value is JsonObject map ? map.SelectMany(pair => Check(rule, pair.Value, $"{path}.{pair.Key}")) : [],
        "items" => value is JsonArray list ? list.SelectMany((item, index) => Check(rule, item, $"{path}[{index}]")) : [],
        "minItems" => When(value is not JsonArray list || list.Count >= (int)rule!, word, path),
        "maxItems" => When(value is not JsonArray list || list.Count <= (int)rule!, word, path),
        "minLength" => When(value?.GetValueKind() != JsonValueKind.String || ((string)value!).Length >= (int)rule!, word, path),
        "pattern" => When(value?.GetValueKind() != JsonValueKind.String || Regex.IsMatch((string)value!, (string)rule!), word, path),
        "minimum" => When(value?.GetValueKind() != JsonValueKind.Number || double.Parse(value.ToJsonString()) >= (double)rule!, word, path),
        "exclusiveMinimum" => When(value?.GetValueKind() != JsonValueKind.Number || double.Parse(value.ToJsonString()) > (double)rule!, word, path),
        "not" => When(Check(rule, value, path).Count > 0, word, path),
        "allOf" => ((JsonArray)rule!).SelectMany(item => Check(item, value, path)),
        "anyOf" => When(((JsonArray)rule!).Any(item => Check(item, value, path).Count == 0), word, path),
        "if" => schema[Check(rule, value, path).Count == 0 ? "then" : "else"] is { } next ? Check(next, value, path) : [],
        _ => throw new InvalidOperationException($"The schema uses {word}, which this checker does not know."),
    };

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("array", JsonValueKind.Array) or ("object", JsonValueKind.Object) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => double.Parse(value!.ToJsonString()) is var number && number == Math.Floor(number),
        _ => false,
    };

    private static IEnumerable<string> When(bool fits, string word, string path) => fits ? [] : [$"{path}: {word}"];
}
