using System.Text.Json.Nodes;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>
/// The part of OpenAPI v3 that clients act on: which kinds can be validated by the server (the fieldValidation parameter of PATCH), and the
/// fields of each type, for <c>kubectl explain</c>. Descriptions are not carried.
/// </summary>
internal static class OpenApi
{
    public const string SecondVersionPath = "/openapi/v2";

    /// <summary>The form in which kubectl wants it, when the third version does not know a kind; asked for with an @, which no media type may have.</summary>
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>The second version without any kind: all that the lab serves stands in the third.</summary>
    public static Task AnswerSecondAsync(HttpContext http)
    {
        if (http.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal))
        {
            http.Response.ContentType = Protobuf;
            return http.Response.Body.WriteAsync("\n\u00032.0"u8.ToArray(), http.RequestAborted).AsTask();
        }

        return StatusAnswer.WriteAsync(http, 200, new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.36.0" },
            ["paths"] = new JsonObject(),
        });
    }

    public static JsonNode? Document(string path, IReadOnlyList<ResourceKind> kinds)
    {
        var groups = kinds.GroupBy(kind => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.Group}/{kind.Version}").ToList();
        if (path == "/openapi/v3")
        {
            return new JsonObject
            {
                ["paths"] = new JsonObject([.. groups.Select(group => KeyValuePair.Create(
                    group.Key, (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{group.Key}" }))]),
            };
        }

        var asked = path["/openapi/v3/".Length..];
        return groups.FirstOrDefault(group => group.Key == asked) is { } found ? Specification(asked, found) : null;
    }

    private static JsonObject Specification(string root, IEnumerable<ResourceKind> kinds)
    {
        JsonObject paths = [];
        JsonObject schemas = [];
        foreach (var kind in kinds)
        {
            var path = kind.IsNamespaced ? $"/{root}/namespaces/{{namespace}}/{kind.Plural}/{{name}}" : $"/{root}/{kind.Plural}/{{name}}";
            paths[path] = new JsonObject
            {
                ["get"] = Operation(kind),
                ["patch"] = Operation(kind),
            };
            if (TypeTable.TypeOf(kind.Group, kind.Version, kind.Kind) is { } typeName)
            {
                AddType(schemas, typeName);
                schemas[typeName]!["x-kubernetes-group-version-kind"] = new JsonArray(Named(kind));
            }
            else if (kind.Definition.Map("schema", "openAPIV3Schema") is { } own)
            {
                schemas[$"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}"] = Custom(own, kind);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Crater lab", ["version"] = "v1.36.0" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    /// <summary>The schema of a definition, with the fields that every object has.</summary>
    private static JsonObject Custom(JsonObject own, ResourceKind kind)
    {
        var schema = own.DeepClone().AsObject();
        if (schema["properties"] is not JsonObject properties)
        {
            schema["properties"] = properties = [];
        }

        foreach (var (name, type) in (ReadOnlySpan<(string, string)>)[("apiVersion", "string"), ("kind", "string"), ("metadata", "object")])
        {
            properties[name] ??= new JsonObject { ["type"] = type };
        }

        schema["x-kubernetes-group-version-kind"] = new JsonArray(Named(kind));
        return schema;
    }

    private static JsonObject Operation(ResourceKind kind) => new()
    {
        ["parameters"] = new JsonArray(
            Parameter("dryRun"), Parameter("fieldManager"), Parameter("fieldValidation")),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
        ["x-kubernetes-group-version-kind"] = Named(kind),
    };

    private static JsonObject Parameter(string name) =>
        new() { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true } };

    private static JsonObject Named(ResourceKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static void AddType(JsonObject schemas, string typeName)
    {
        if (schemas.ContainsKey(typeName) || TypeTable.FieldsOf(typeName) is not { } fields)
        {
            return;
        }

        JsonObject properties = [];
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        schemas[typeName] = schema;
        var required = fields.Values.Where(field => field.IsRequired).Select(field => (JsonNode)field.Name).ToArray();
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray(required);
        }

        foreach (var field in fields.Values.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            properties[field.Name] = TypeSchema(schemas, field.Type);
        }
    }

    private static JsonObject TypeSchema(JsonObject schemas, FieldType type)
    {
        switch (type.Shape)
        {
            case ValueShape.Object:
                AddType(schemas, type.TypeName);
                return new JsonObject
                {
                    ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/components/schemas/{type.TypeName}" }),
                };
            case ValueShape.List:
                return new JsonObject { ["type"] = "array", ["items"] = TypeSchema(schemas, type.Element!) };
            case ValueShape.Map:
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = TypeSchema(schemas, type.Element!) };
            default:
                return new JsonObject
                {
                    ["type"] = type.Shape switch
                    {
                        ValueShape.Integer => "integer",
                        ValueShape.Number => "number",
                        ValueShape.Flag => "boolean",
                        ValueShape.Any => "object",
                        _ => "string",
                    },
                };
        }
    }
}
