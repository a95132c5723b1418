using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>The schema of a custom resource, acting on an object as the API server does when it reads one: prunes, drops nulls, fills in defaults.</summary>
internal static class StructuralSchema
{
    private const string Preserves = "x-kubernetes-preserve-unknown-fields";
    private const string Embedded = "x-kubernetes-embedded-resource";

    private static readonly string[] Own = ["apiVersion", "kind", "metadata"];

    /// <summary>The schema of the version that a kind is served in; null where nothing is known of its fields.</summary>
    public static JsonObject? Of(ResourceKind kind) => kind.Definition.Map("schema", "openAPIV3Schema");

    /// <returns>The paths of the fields that were taken out.</returns>
    public static IReadOnlyList<string> Prune(JsonObject read, ResourceKind kind)
    {
        List<string> unknown = [];
        if (Of(kind) is { } schema)
        {
            PruneMap(read, schema, "", isResource: true, unknown);
        }

        // The metadata is not the schema's: it has a type of its own.
        if (read["metadata"] is JsonObject metadata)
        {
            unknown.AddRange(Schemas.TypeCheck.PruneMetadata(metadata, kind));
        }

        return unknown;
    }

    /// <summary>Fills in defaults, at every depth that the object itself reaches.</summary>
    public static void Default(JsonNode? value, JsonObject? schema)
    {
        if (value is JsonObject map)
        {
            foreach (var (name, field) in schema.Map("properties") ?? [])
            {
                var isNull = map.ContainsKey(name) && map[name] is null && !field.Flag("nullable");
                if (field.At("default") is { } standard && (!map.ContainsKey(name) || isNull))
                {
                    map[name] = standard.DeepClone();
                }
                else if (isNull)
                {
                    map.Remove(name);
                }
            }

            foreach (var (name, field) in map)
            {
                Default(field, schema.Map("properties", name) ?? schema.Map("additionalProperties"));
            }
        }
        else if (value is JsonArray list)
        {
            foreach (var item in list)
            {
                Default(item, schema.Map("items"));
            }
        }
    }

    private static void Prune(JsonNode? value, JsonObject? schema, string path, List<string> unknown)
    {
        if (value is JsonObject map)
        {
            PruneMap(map, schema, path, schema.Flag(Embedded), unknown);
        }
        else if (value is JsonArray list && schema.Map("items") is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                Prune(list[i], items, $"{path}[{i}]", unknown);
            }
        }
    }

    private static void PruneMap(JsonObject map, JsonObject? schema, string path, bool isResource, List<string> unknown)
    {
        foreach (var name in map.Select(pair => pair.Key).ToList())
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (isResource && Own.Contains(name))
            {
                continue;
            }

            if (schema.Map("properties", name) is { } field)
            {
                Prune(map[name], field, at, unknown);
            }
            else if (schema.Map("additionalProperties") is { } every)
            {
                Prune(map[name], every, at, unknown);
            }
            else if (!schema.Flag(Preserves) && !schema.Flag("additionalProperties"))
            {
                unknown.Add(at);
                map.Remove(name);
            }
        }
    }
}
