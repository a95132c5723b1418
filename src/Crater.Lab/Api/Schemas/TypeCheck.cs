using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Schemas;

/// <summary>
/// Holds an object against its type as the real server's decoder does: fields that the type does not know are taken out and named, nulls and
/// empty maps are taken out, a value of the wrong type is refused.
/// </summary>
internal sealed class TypeCheck
{
    private readonly List<string> _unknown = [];

    private TypeCheck()
    {
    }

    /// <returns>The paths of the fields that were taken out, for example <c>spec.template.spec.containers[0].imag</c>.</returns>
    /// <exception cref="ApiException">BadRequest: a value has the wrong type.</exception>
    public static IReadOnlyList<string> Prune(JsonObject read, ResourceKind kind)
    {
        if (TypeTable.TypeOf(kind.Group, kind.Version, kind.Kind) is not { } typeName)
        {
            return [];
        }

        var check = new TypeCheck();
        try
        {
            check.Object(read, typeName, "");
        }
        catch (FormatException wrong)
        {
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {wrong.Message}");
        }

        return check._unknown;
    }

    /// <summary>The same for the metadata alone of a resource whose other fields are not in the table.</summary>
    public static IReadOnlyList<string> PruneMetadata(JsonObject metadata, ResourceKind kind)
    {
        var check = new TypeCheck();
        try
        {
            check.Object(metadata, "meta.v1.ObjectMeta", "metadata");
        }
        catch (FormatException wrong)
        {
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {wrong.Message}");
        }

        return check._unknown;
    }

    private void Object(JsonObject read, string typeName, string path)
    {
        var fields = TypeTable.FieldsOf(typeName);
        if (fields is null)
        {
            return;
        }

        foreach (var (name, value) in read.ToList())
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (!fields.TryGetValue(name, out var field))
            {
                _unknown.Add(at);
                read.Remove(name);
            }
            else if (value is null || (value is JsonObject { Count: 0 } && field is { Type.Shape: ValueShape.Map, IsRequired: false }))
            {
                read.Remove(name);
            }
            else
            {
                Value(value, field.Type, at, $"{ShortName(typeName)}.{at}");
            }
        }
    }

    private void Value(JsonNode value, FieldType type, string path, string goField)
    {
        switch (type.Shape)
        {
            case ValueShape.Object:
                Object(Expect<JsonObject>(value, goField, "v1." + ShortName(type.TypeName)), type.TypeName, path);
                break;
            case ValueShape.List:
                var list = Expect<JsonArray>(value, goField, "[]" + GoName(type.Element!));
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is { } item)
                    {
                        Value(item, type.Element!, $"{path}[{i}]", goField);
                    }
                }

                break;
            case ValueShape.Map:
                foreach (var (key, item) in Expect<JsonObject>(value, goField, "map[string]" + GoName(type.Element!)).ToList())
                {
                    if (item is not null)
                    {
                        Value(item, type.Element!, $"{path}.{key}", goField);
                    }
                }

                break;
            default:
                Scalar(value, type, goField);
                break;
        }
    }

    private static void Scalar(JsonNode value, FieldType type, string goField)
    {
        var kind = value.GetValueKind();
        var fits = type.Shape switch
        {
            ValueShape.Text or ValueShape.Time => kind == JsonValueKind.String,
            ValueShape.Integer => kind == JsonValueKind.Number && value.AsValue().ToJsonString().AsSpan().IndexOfAny(".eE") < 0,
            ValueShape.Number => kind == JsonValueKind.Number,
            ValueShape.Flag => kind is JsonValueKind.True or JsonValueKind.False,
            ValueShape.Quantity or ValueShape.IntegerOrText => kind is JsonValueKind.String or JsonValueKind.Number,
            _ => true,
        };
        if (!fits)
        {
            throw Mismatch(value, goField, GoName(type));
        }

        if (type.Shape == ValueShape.Quantity && !Crater.Targets.Quantity.TryParse(value.ToString(), out _))
        {
            throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        }
    }

    private static T Expect<T>(JsonNode value, string goField, string goType)
        where T : JsonNode => value as T ?? throw Mismatch(value, goField, goType);

    private static FormatException Mismatch(JsonNode value, string goField, string goType)
    {
        var found = value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number when goType.StartsWith("int", StringComparison.Ordinal) => $"number {value.ToJsonString()}",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "array",
            _ => "object",
        };
        return new FormatException($"json: cannot unmarshal {found} into Go struct field {goField} of type {goType}");
    }

    private static string GoName(FieldType type) => type.Shape switch
    {
        ValueShape.Integer => "int32",
        ValueShape.Number => "float64",
        ValueShape.Flag => "bool",
        ValueShape.List => "[]" + GoName(type.Element!),
        ValueShape.Map => "map[string]" + GoName(type.Element!),
        ValueShape.Object => "v1." + ShortName(type.TypeName),
        _ => "string",
    };

    private static string ShortName(string typeName) => typeName[(typeName.LastIndexOf('.') + 1)..];
}
