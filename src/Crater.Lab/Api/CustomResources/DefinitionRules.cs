using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Api.CustomResources;

/// <summary>Defaults of a custom resource definition, and what it must and must not say.</summary>
internal static class DefinitionRules
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

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

        foreach (var field in (string[])["kind", "listKind"])
        {
            Names.CheckKind($"spec.names.{field}", names.Text(field), errors);
        }

        if (spec.Flag("preserveUnknownFields"))
        {
            errors.Invalid("spec.preserveUnknownFields", true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
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

    /// <summary>What may not change once kinds are served by it.</summary>
    public static void CheckUpdate(JsonObject definition, JsonObject previous, FieldErrors errors)
    {
        foreach (var field in (string[][])[["spec", "group"], ["spec", "scope"], ["spec", "names", "kind"], ["spec", "names", "plural"]])
        {
            if (definition.Text(field) != previous.Text(field))
            {
                errors.Invalid(string.Join('.', field), definition.Text(field), "field is immutable");
            }
        }
    }

    private static void CheckViews(JsonObject version, string path, FieldErrors errors)
    {
        foreach (var (index, column) in version.Each("additionalPrinterColumns").Index())
        {
            var at = $"{path}.additionalPrinterColumns[{index}]";
            if (column.Text("name").Length == 0)
            {
                errors.Required($"{at}.name");
            }

            if (!ColumnTypes.Contains(column.Text("type")))
            {
                errors.Invalid($"{at}.type", column.Text("type"), "must be one of " + string.Join(',', ColumnTypes));
            }

            CheckPath($"{at}.JSONPath", column.Text("jsonPath"), errors);
        }

        if (version.Map("subresources", "scale") is { } scale)
        {
            CheckPath($"{path}.subresources.scale.specReplicasPath", scale.Text("specReplicasPath"), errors);
            CheckPath($"{path}.subresources.scale.statusReplicasPath", scale.Text("statusReplicasPath"), errors);
        }
    }

    private static void CheckPath(string field, string path, FieldErrors errors)
    {
        if (path.Length == 0)
        {
            errors.Required(field);
        }
        else if (path[0] != '.')
        {
            errors.Invalid(field, path, "must be a simple json path starting with .");
        }
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
            Names.CheckFirstLetter($"spec.versions[{index}].name", version.Text("name"), errors);
            CheckViews(version, versions.Count == 1 ? "spec" : $"spec.versions[{index}]", errors);
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

            // A definition of one version is spoken of as if its schema stood at the top.
            DefinitionSchemas.Check(schema, versions.Count == 1 ? "spec.validation.openAPIV3Schema" : path, errors);
            if (schema.Map("properties", "metadata") is { } metadata && metadata.Text("type") is { Length: > 0 } type and not "object")
            {
                errors.Invalid($"{path}.properties[metadata].type", type, "must be object");
            }

        }
    }
}
