using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Ownership;

/// <summary>How a value is owned: as a whole, field by field, or item by item.</summary>
internal enum Grain { Whole, Fields, KeyedItems, PlainItems }

/// <summary>How one place of an object is owned, from its type or, for a custom resource, from its schema.</summary>
internal sealed class FieldShape
{
    private static readonly FieldShape Leaf = new();
    private static readonly FieldShape Texts = new() { Scalar = ValueShape.Text };
    private static readonly FieldShape Numbers = new() { Scalar = ValueShape.Number };
    private static readonly FieldShape Flags = new() { Scalar = ValueShape.Flag };

    private readonly FieldType? _type;
    private readonly JsonObject? _schema;
    private readonly bool _isDeduced;

    private FieldShape(FieldType? type = null, JsonObject? schema = null, bool isDeduced = false) =>
        (_type, _schema, _isDeduced) = (type, schema, isDeduced);

    public Grain Grain { get; private init; } = Grain.Whole;

    /// <summary>For keyed items the fields that tell them apart.</summary>
    public IReadOnlyList<string> Keys { get; private init; } = [];

    /// <summary>What a plain value must be: text, a number or a flag; anything where the type does not say.</summary>
    public ValueShape Scalar { get; private init; }

    /// <summary>Names of fields are the type's own, not those of whoever fills a map.</summary>
    public bool HasNamedFields => _type is { Shape: ValueShape.Object } || _schema?["properties"] is not null;

    public static FieldShape Of(ResourceKind kind)
    {
        if (kind.Definition is not null)
        {
            return new FieldShape(null, StructuralSchema.Of(kind) ?? [], isDeduced: StructuralSchema.Of(kind) is null) { Grain = Grain.Fields };
        }

        return TypeTable.TypeOf(kind.Group, kind.Version, kind.Kind) is { } typeName
            ? OfType(new FieldType(ValueShape.Object, typeName, null), null) : new FieldShape(isDeduced: true) { Grain = Grain.Fields };
    }

    /// <summary>The shape of a field of an object or of an entry of a map.</summary>
    public FieldShape Field(string name)
    {
        if (_schema is not null)
        {
            return name == "metadata" && _schema["properties"] is not null && Grain == Grain.Fields && IsResource
                ? OfType(new FieldType(ValueShape.Object, "meta.v1.ObjectMeta", null), null)
                : OfSchema(_schema.Map("properties", name) ?? _schema.Map("additionalProperties"));
        }

        return _type switch
        {
            { Shape: ValueShape.Map } => OfType(_type.Element!, null),
            { Shape: ValueShape.Object } => TypeTable.FieldsOf(_type.TypeName)?.GetValueOrDefault(name) is { } field ? OfType(field.Type, field) : Leaf,
            _ => _isDeduced ? new FieldShape(isDeduced: true) { Grain = Grain.Fields } : Leaf,
        };
    }

    /// <summary>The shape of an item of a list.</summary>
    public FieldShape Item() => _schema is not null ? OfSchema(_schema.Map("items")) : _type?.Element is { } element ? OfType(element, null) : Leaf;

    /// <summary>The step that leads to an item.</summary>
    public string StepOf(JsonNode? item)
    {
        if (Grain == Grain.PlainItems)
        {
            return "v:" + Text(item);
        }

        var key = new JsonObject();
        foreach (var name in Keys)
        {
            // What the type gives a default for is part of the key even where nobody has written it.
            var value = item.At(name) ?? Standard(name);
            if (value is not null)
            {
                key[name] = value.DeepClone();
            }
        }

        return "k:" + Text(key);
    }

    private bool IsResource => _schema!.Map("properties") is { } fields && (fields.ContainsKey("metadata") || fields.ContainsKey("kind") || fields.ContainsKey("spec"));

    private JsonNode? Standard(string name) => _schema.At("items", "properties", name, "default") ?? (_schema is null ? TypeStandard(name) : null);

    /// <summary>A key that its type requires has the zero of its type, and is refused later, by the rules of the object.</summary>
    private JsonValue? TypeStandard(string name) => name == "protocol" ? JsonValue.Create("TCP")
        : TypeTable.FieldsOf(_type?.Element?.TypeName ?? "")?.GetValueOrDefault(name) is { IsRequired: true } field ? field.Type.Shape switch
        {
            ValueShape.Text => JsonValue.Create(""),
            ValueShape.Integer => JsonValue.Create(0),
            _ => null,
        } : null;

    private static string Text(JsonNode? node) => node?.ToJsonString(Relaxed) ?? "null";

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static FieldShape OfType(FieldType type, TypeField? field) => type.Shape switch
    {
        ValueShape.Object when TypeTable.FieldsOf(type.TypeName) is not null && field is not { IsAtomic: true } && !TypeTable.IsAtomic(type.TypeName) =>
            new FieldShape(type) { Grain = Grain.Fields },
        ValueShape.Map when field is not { IsAtomic: true } => new FieldShape(type) { Grain = Grain.Fields },
        ValueShape.List when field?.ListKeys is { } keys =>
            new FieldShape(type) { Grain = keys.Count > 0 ? Grain.KeyedItems : Grain.PlainItems, Keys = keys },
        ValueShape.Text or ValueShape.Integer or ValueShape.Number or ValueShape.Flag => Plain(type.Shape),
        _ => Leaf,
    };

    private static FieldShape Plain(ValueShape scalar) => scalar switch
    {
        ValueShape.Text => Texts,
        ValueShape.Integer or ValueShape.Number => Numbers,
        _ => Flags,
    };

    private static FieldShape OfSchema(JsonObject? schema)
    {
        if (schema is null || (schema.Flag("x-kubernetes-preserve-unknown-fields") && schema["properties"] is null))
        {
            return new FieldShape(isDeduced: true) { Grain = Grain.Fields };
        }

        var keys = schema.Texts("x-kubernetes-list-map-keys").ToList();
        return (schema.Text("type"), schema.Text("x-kubernetes-list-type"), schema.Text("x-kubernetes-map-type")) switch
        {
            ("object", _, not "atomic") => new FieldShape(null, schema) { Grain = Grain.Fields },
            ("array", "map", _) => new FieldShape(null, schema) { Grain = Grain.KeyedItems, Keys = keys },
            ("array", "set", _) => new FieldShape(null, schema) { Grain = Grain.PlainItems },
            ("string", _, _) => Texts,
            ("integer" or "number", _, _) => Numbers,
            ("boolean", _, _) => Flags,
            _ => Leaf,
        };
    }
}
