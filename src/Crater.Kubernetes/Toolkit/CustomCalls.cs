using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s.crd.</summary>
internal static class CustomCalls
{
    public static IReadOnlyDictionary<string, Func<ToolkitCall, Task<JsonNode?>>> All { get; } = new Dictionary<string, Func<ToolkitCall, Task<JsonNode?>>>
    {
        ["crd.actions.create_custom_object"] = call => CreateAsync(call, Kind(call, isNamespaced: true), call.Space, Body(call)),
        ["crd.actions.create_cluster_custom_object"] = call => CreateAsync(call, Kind(call, isNamespaced: false), "", Body(call)),
        ["crd.actions.delete_custom_object"] = call => DeleteAsync(call, isNamespaced: true),
        ["crd.actions.delete_cluster_custom_object"] = call => DeleteAsync(call, isNamespaced: false),
        ["crd.actions.patch_custom_object"] = call => ChangeAsync(call, isNamespaced: true, "patch"),
        ["crd.actions.patch_cluster_custom_object"] = call => ChangeAsync(call, isNamespaced: false, "patch"),
        ["crd.actions.replace_custom_object"] = call => ChangeAsync(call, isNamespaced: true, "replace"),
        ["crd.actions.replace_cluster_custom_object"] = call => ChangeAsync(call, isNamespaced: false, "replace"),
        ["crd.actions.apply_from_json"] = call => ApplyAsync(call, DocumentFormat.Json),
        ["crd.actions.apply_from_yaml"] = call => ApplyAsync(call, DocumentFormat.Yaml),
        ["crd.probes.get_custom_object"] = call => ReadAsync(call, isNamespaced: true, call.Name),
        ["crd.probes.get_cluster_custom_object"] = call => ReadAsync(call, isNamespaced: false, call.Name),
        ["crd.probes.list_custom_objects"] = call => ReadAsync(call, isNamespaced: true, name: null),
        ["crd.probes.list_cluster_custom_objects"] = call => ReadAsync(call, isNamespaced: false, name: null),
    };

    private static Resource Kind(ToolkitCall call, bool isNamespaced) =>
        new(call.Arguments.Text("group"), call.Arguments.Text("version"), call.Arguments.Text("plural"), call.Arguments.Text("plural"), isNamespaced);

    private static JsonNode Body(ToolkitCall call)
    {
        if (call.Arguments["resource"] is { } given)
        {
            return given.DeepClone();
        }

        if (!call.Arguments.IsTrue("resource_as_yaml_file"))
        {
            throw ToolkitCall.Fails("Either `body_as_object` or `body_as_yaml_file` must be set");
        }

        var path = call.Arguments.Text("resource_as_yaml_file");
        return (File.Exists(path) ? ToolkitCall.Read(path) : null) ?? throw ToolkitCall.Fails($"Path '{path}' is not a valid resource file");
    }

    private static async Task<JsonNode?> CreateAsync(ToolkitCall call, Resource kind, string space, JsonNode body)
    {
        // Documents give it as text too.
        var made = body as JsonObject ?? ToolkitCall.Parse(body.Text(), DocumentFormat.Yaml) as JsonObject ?? throw ToolkitCall.Fails("the resource is no object");
        try
        {
            return await call.Client.CreateAsync(kind, space, made, call.Abort);
        }
        catch (KubernetesException error) when (error.AlreadyExists)
        {
            return new JsonObject
            {
                ["kind"] = "Status",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject(),
                ["status"] = "Failure",
                ["message"] = error.Message,
                ["reason"] = error.Reason,
                ["code"] = error.Status,
            };
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"Failed to create custom resource object: '{error.Reason}' {error.Message}");
        }
    }

    private static async Task<JsonNode?> DeleteAsync(ToolkitCall call, bool isNamespaced)
    {
        try
        {
            return await call.Client.DeleteAsync(Kind(call, isNamespaced), isNamespaced ? call.Space : "", call.Name, new DeleteRequest(), call.Abort);
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"Failed to delete custom resource object: '{error.Reason}' {error.Message}");
        }
    }

    private static async Task<JsonNode?> ChangeAsync(ToolkitCall call, bool isNamespaced, string verb)
    {
        var (kind, space, body) = (Kind(call, isNamespaced), isNamespaced ? call.Space : "", Body(call));
        try
        {
            return verb == "patch"
                ? await call.Client.PatchAsync(kind, space, call.Name, PatchForm.Json, body, null, call.Abort)
                : await call.Client.UpdateAsync(kind, space, call.Name, body.AsObject(), null, call.Abort);
        }
        catch (KubernetesException error)
        {
            throw ToolkitCall.Fails($"Failed to {verb} custom resource object: '{error.Reason}' {error.Message}");
        }
    }

    private static async Task<JsonNode?> ReadAsync(ToolkitCall call, bool isNamespaced, string? name)
    {
        try
        {
            return await call.Client.RawAsync(Kind(call, isNamespaced).Path(isNamespaced ? call.Space : "", name), call.Abort);
        }
        catch (KubernetesException error)
        {
            // Its model speaks of creating here too.
            throw ToolkitCall.Fails($"Failed to create custom resource object: '{error.Reason}' {error.Message}");
        }
    }

    private static Task<JsonNode?> ApplyAsync(ToolkitCall call, DocumentFormat format)
    {
        var made = ToolkitCall.Parse(call.Arguments.Text("resource"), format) as JsonObject ?? [];
        var missing = made.Text("apiVersion").Length == 0 ? "apiVersion" : made.Text("kind").Length == 0 ? "kind" : "";
        if (missing.Length > 0)
        {
            throw ToolkitCall.Fails($"missing {missing} in resource");
        }

        var parts = made.Text("apiVersion").Split('/', 2);
        var kind = new Resource(parts.Length > 1 ? parts[0] : "", parts[^1], Plural(made.Text("kind").ToLowerInvariant()), made.Text("kind"), true);
        return CreateAsync(call, kind, made.Namespace() is { Length: > 0 } space ? space : "default", made);
    }

    // As API servers name kinds that nobody named.
    private static string Plural(string kind) => kind switch
    {
        "endpoints" => kind,
        [.., 's'] => $"{kind}es",
        [.., 'y'] => $"{kind[..^1]}ies",
        _ => $"{kind}s",
    };
}
