using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Api.Expressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>Defaults of a custom resource definition, and what it must and must not say.</summary>
internal static class DefinitionRules
{
    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean"];

    public static void Default(JsonObject definition)
    {
        if (definition.Map("spec") is not { } spec)
        {
            return;
        }

        Defaults.Set(spec.Make("conversion"), "strategy", "None");
        if (spec.Map("names") is { } names && names.Text("kind") is { Length: > 0 } kind)
        {
            Defaults.Set(names, "singular", kind.ToLowerInvariant());
            Defaults.Set(names, "listKind", kind + "List");
        }
    }

    public static void Check(JsonObject definition, FieldErrors errors)
    {
        var spec = definition.Map("spec");
        var names = spec.Map("names");
        foreach (var field in (string[])["plural", "kind"])
        {
            if (names.Text(field).Length == 0)
            {
                errors.Required($"spec.names.{field}");
            }
        }

        if (spec.Text("group").Length == 0)
        {
            errors.Required("spec.group");
        }
        else if (definition.Name() != $"{names.Text("plural")}.{spec.Text("group")}")
        {
            errors.Invalid("metadata.name", definition.Name(), "must be spec.names.plural+\".\"+spec.group");
        }

        if (spec.Text("scope") is not ("Namespaced" or "Cluster"))
        {
            errors.NotSupported("spec.scope", spec.Text("scope"), "Cluster", "Namespaced");
        }

        if (spec.Text("conversion", "strategy") == "Webhook")
        {
            errors.Forbidden("spec.conversion.strategy", "CRT8051: the lab converts between versions by None alone");
        }

        CheckVersions(spec, errors);
    }

    private static void CheckVersions(JsonObject? spec, FieldErrors errors)
    {
        var versions = spec.Each("versions").ToList();
        if (versions.Count == 0)
        {
            errors.Required("spec.versions");
            return;
        }

        if (versions.Count(version => version.Flag("storage")) != 1)
        {
            errors.Invalid("spec.versions", spec!["versions"], "must have exactly one version marked as storage version");
        }

        foreach (var (version, index) in versions.Select((version, index) => (version, index)))
        {
            var path = $"spec.versions[{index}].schema.openAPIV3Schema";
            if (version.Map("schema", "openAPIV3Schema") is not { } schema)
            {
                errors.Required(path, "schemas are required");
                continue;
            }

            if (schema.Text("type") != "object")
            {
                errors.Add($"{path}.type", schema.Text("type").Length == 0 ? "FieldValueRequired" : "FieldValueInvalid", schema.Text("type").Length == 0
                    ? "Required value: must not be empty at the root" : $"Invalid value: \"{schema.Text("type")}\": must be object at the root");
            }

            CheckSchema(schema, path, errors);
        }
    }

    private static void CheckSchema(JsonObject schema, string path, FieldErrors errors)
    {
        var type = schema.Text("type");
        if (type.Length == 0)
        {
            if (!schema.Flag("x-kubernetes-int-or-string") && !schema.Flag("x-kubernetes-preserve-unknown-fields"))
            {
                errors.Required($"{path}.type", "must not be empty for specified object fields");
            }
        }
        else if (!Types.Contains(type))
        {
            errors.NotSupported($"{path}.type", type, Types);
        }

        if (type == "array" && schema.Map("items") is null)
        {
            errors.Required($"{path}.items", "must be specified");
        }

        if (schema.Map("additionalProperties") is not null && schema.Map("properties") is not null)
        {
            errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }

        CheckRules(schema, path, errors);
        foreach (var (name, field) in schema.Map("properties") ?? [])
        {
            if (field is JsonObject inner)
            {
                CheckSchema(inner, $"{path}.properties[{name}]", errors);
            }
        }

        foreach (var one in (string[])["items", "additionalProperties"])
        {
            if (schema.Map(one) is { } inner)
            {
                CheckSchema(inner, $"{path}.{one}", errors);
            }
        }
    }

    private static void CheckRules(JsonObject schema, string path, FieldErrors errors)
    {
        foreach (var (rule, index) in schema.Each(SchemaRules.Rules).Select((rule, index) => (rule, index)))
        {
            foreach (var part in (string[])["rule", "messageExpression"])
            {
                try
                {
                    if (rule.Text(part) is { Length: > 0 } text)
                    {
                        SchemaRules.Read(text);
                    }
                    else if (part == "rule")
                    {
                        errors.Required($"{path}.{SchemaRules.Rules}[{index}].rule", "rule is not specified");
                    }
                }
                catch (ExpressionException wrong)
                {
                    errors.Invalid($"{path}.{SchemaRules.Rules}[{index}].{part}", rule.Text(part), $"compilation failed: ERROR: <input>:1:{wrong.At + 1}: {wrong.Message}");
                }
            }
        }
    }
}
