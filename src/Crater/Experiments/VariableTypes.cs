using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Experiments;

/// <summary>The types of <c>env_var_type</c> and of <c>--var name:type=value</c>.</summary>
public static class VariableTypes
{
    public static IReadOnlyList<string> All { get; } = ["str", "string", "int", "integer", "float", "number", "bytes", "bool", "json"];

    /// <summary>One option: <c>name=value</c> is a text, <c>name:type=value</c> of that type.</summary>
    /// <exception cref="CraterException">CRT1206: no <c>=</c>, no such type, or the value is not of it.</exception>
    public static KeyValuePair<string, JsonNode?> ParseOption(string given)
    {
        var equals = given.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw Malformed(given);
        }

        var (head, value) = (given[..equals], given[(equals + 1)..]);
        var colon = head.LastIndexOf(':');
        var (name, type) = colon < 0 ? (head, "str") : (head[..colon], head[(colon + 1)..]);
        return TryConvert(JsonValue.Create(value), type, out var converted) ? new(name, converted) : throw Malformed(given);
    }

    /// <summary>
    /// Converts a value as Chaos Toolkit does. Without a type, or with <c>str</c>, it stays what it is; <c>bool</c> is false for the texts false, 0 and no, in any
    /// case of letters, and true for every other; <c>json</c> is parsed, and an empty text stays empty.
    /// </summary>
    /// <returns>False when there is no such type or the value is not of it.</returns>
    public static bool TryConvert(JsonNode? raw, string? type, out JsonNode? value)
    {
        var text = raw?.GetValueKind() == JsonValueKind.String ? raw.GetValue<string>() : null;
        value = raw;
        switch (type)
        {
            case null or "str" or "string":
                return true;
            case "bytes":
                return text is not null;
            case "bool":
                value = text is null ? raw : JsonValue.Create(text.ToLowerInvariant() is not ("false" or "0" or "no"));
                return text is not null || raw?.GetValueKind() is JsonValueKind.True or JsonValueKind.False;
            case "int" or "integer":
                return TryWhole(raw, text, out value);
            case "float" or "number":
                return TryReal(raw, text, out value);
            case "json":
                return text is null or "" || TryJson(text, out value);
            default:
                return false;
        }
    }

    private static bool TryWhole(JsonNode? raw, string? text, out JsonNode? value)
    {
        value = null;
        if (text is not null ? long.TryParse(Digits(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) : TryCut(raw, out whole))
        {
            value = JsonValue.Create(whole);
            return true;
        }

        return false;
    }

    private static bool TryReal(JsonNode? raw, string? text, out JsonNode? value)
    {
        value = null;
        var real = 0d;
        var isReal = text is not null
            ? double.TryParse(Digits(text), NumberStyles.Float, CultureInfo.InvariantCulture, out real) && double.IsFinite(real)
            : Paths.JsonNumbers.Read(raw) is { } number && double.IsFinite(real = number);
        value = isReal ? JsonValue.Create(real) : null;
        return isReal;
    }

    private static bool TryJson(string text, out JsonNode? value)
    {
        try
        {
            value = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }

    // A number loses what is behind its point, and true is 1, as in Python.
    private static bool TryCut(JsonNode? raw, out long whole)
    {
        whole = raw?.GetValueKind() == JsonValueKind.True ? 1 : 0;
        if (raw?.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
        {
            return true;
        }

        if (Paths.JsonNumbers.Read(raw) is { } number && Math.Abs(number) < 9e18)
        {
            whole = (long)number;
            return true;
        }

        return false;
    }

    // Python takes spaces around a number, and underscores between its digits.
    private static string Digits(string text)
    {
        var trimmed = text.Trim();
        return trimmed.Contains('_') && trimmed[0] != '_' && trimmed[^1] != '_' && !trimmed.Contains("__", StringComparison.Ordinal) ? trimmed.Replace("_", "", StringComparison.Ordinal) : trimmed;
    }

    private static CraterException Malformed(string given) => new("CRT1206",
        $"'--var {given}' was not understood; write --var key=value, or key:int=3, key:float=0.5, key:bool=true, key:json=[1,2].");
}
