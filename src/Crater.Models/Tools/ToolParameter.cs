using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Models.Safety;

namespace Crater.Models.Tools;

/// <summary>One parameter of a tool, as its method declares it: schema, check and reading at once.</summary>
public sealed class ToolParameter
{
    private readonly Type _type;
    private readonly object? _default;

    internal ToolParameter(ParameterInfo parameter)
    {
        _type = parameter.ParameterType;
        Name = ToolName.Of(parameter.Name!);
        Description = parameter.GetCustomAttribute<MeansAttribute>()?.Description
            ?? throw new ArgumentException($"The parameter {parameter.Name} of {parameter.Member.Name} does not say what it means.", nameof(parameter));
        Range = parameter.GetCustomAttribute<WithinAttribute>();
        TakesRest = parameter.GetCustomAttribute<RestAttribute>() is not null;
        IsOptional = parameter.HasDefaultValue;
        _default = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        Values = _type.IsEnum ? [.. Enum.GetNames(_type).Select(ToolName.Of)] : parameter.GetCustomAttribute<OneOfAttribute>()?.Values ?? [];
        if (!_type.IsEnum && _type != typeof(string) && _type != typeof(int) && _type != typeof(double) && _type != typeof(bool))
        {
            throw new ArgumentException($"The parameter {parameter.Name} of {parameter.Member.Name} is of a type that no model can be asked for: {_type.Name}.", nameof(parameter));
        }
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>Null for none.</summary>
    public WithinAttribute? Range { get; }

    /// <summary>What it may be; empty for anything of its type.</summary>
    public IReadOnlyList<string> Values { get; }

    public bool IsOptional { get; }

    public bool TakesRest { get; }

    /// <summary>In the subset of <see cref="Structure.SchemaCheck"/>: what may be left out is null there.</summary>
    internal JsonObject Schema()
    {
        var schema = new JsonObject
        {
            ["type"] = IsOptional ? new JsonArray(TypeName, "null") : TypeName,
            ["description"] = Range is { } range ? string.Create(CultureInfo.InvariantCulture, $"{Description} From {range.Min} to {range.Max}.") : Description,
        };
        if (Values.Count > 0)
        {
            schema["enum"] = new JsonArray([.. Values.Select(value => (JsonNode?)JsonValue.Create(value)), .. IsOptional ? [null] : Array.Empty<JsonNode?>()]);
        }

        return schema;
    }

    /// <summary>The argument for the method, from a value that keeps to the schema.</summary>
    /// <returns>A problem where the value is out of range; null where all is well.</returns>
    internal string? TryRead(JsonElement value, out object? argument)
    {
        argument = value.ValueKind == JsonValueKind.Null ? _default
            : _type.IsEnum ? Enum.Parse(_type, Enum.GetNames(_type).First(name => ToolName.Of(name) == value.GetString()))
            : _type == typeof(string) ? value.GetString()
            : _type == typeof(bool) ? value.GetBoolean()
            : _type == typeof(double) ? value.GetDouble()
            : value.TryGetInt32(out var fitting) ? fitting : (object)(value.GetDouble() < 0 ? int.MinValue : int.MaxValue);
        var number = argument switch { int whole => whole, double real => real, _ => double.NaN };
        return Range is { } range && !double.IsNaN(number) && (number < range.Min || number > range.Max)
            ? string.Create(CultureInfo.InvariantCulture, $"{Name} is {number}, and must be from {range.Min} to {range.Max}")
            : null;
    }

    /// <summary>A word of a plain-text line as JSON.</summary>
    /// <returns>A problem where the word cannot be one; null where it can.</returns>
    internal string? TryRead(string word, out JsonNode? value)
    {
        value = TypeName switch
        {
            "integer" when int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
            "number" when double.TryParse(word, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            "boolean" when bool.TryParse(word, out var flag) => JsonValue.Create(flag),
            "string" => JsonValue.Create(Values.FirstOrDefault(one => string.Equals(one, word, StringComparison.OrdinalIgnoreCase)) ?? word),
            _ => null,
        };
        return value is null ? $"{Name} is '{PlainText.Prose(word, 40)}', and must be {(TypeName == "integer" ? "a whole number" : TypeName == "number" ? "a number" : "true or false")}" : null;
    }

    private string TypeName => _type == typeof(int) ? "integer" : _type == typeof(double) ? "number" : _type == typeof(bool) ? "boolean" : "string";
}
