using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Kubernetes.Client;
using Crater.Runs.Activities;
using Crater.Runs.Activities.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>One call of a chaosk8s function: its arguments, and the cluster that it is about.</summary>
internal sealed class ToolkitCall(FunctionCall call, KubernetesConnection cluster, CancellationToken abort)
{
    public const string Failure = "CRT8090";

    public CancellationToken Abort => abort;

    public FunctionCall Arguments => call;

    public KubernetesClient Client => cluster.Client;

    public HttpClient Http => cluster.HttpClient;

    public TimeProvider Clock => call.Clock;

    public string Space => call.Text("ns");

    public string Name => call.Text("name");

    /// <summary>With the name put in; null when there is none.</summary>
    public string? Labels => call.TextOrNull("label_selector")?.Replace("{name}", call.TextOrNull("name") ?? "None", StringComparison.Ordinal);

    /// <summary>What Python's ActivityFailed says.</summary>
    public static ActivityFailedException Fails(string text) => PythonErrors.Failed(Failure, text);

    /// <summary>Fails, or gives False where the document says so.</summary>
    public JsonNode? Unmet(string text, string raises) => call.IsTrue(raises) ? throw Fails(text) : false;

    public Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? labels, string? name = null) => ListAsync(resource, Space, labels, name);

    public async Task<IReadOnlyList<JsonObject>> ListAsync(Resource resource, string? space, string? labels, string? name)
    {
        var query = new ListQuery { LabelSelector = labels ?? "", FieldSelector = string.IsNullOrEmpty(name) ? "" : $"metadata.name={name}" };
        return (await Client.ListAsync(resource, space, query, abort)).Items;
    }

    /// <summary>Deletes what the arguments find: by name, else by labels, else all.</summary>
    public async Task<JsonNode?> DeleteAllAsync(Resource resource, bool isFormatted = false)
    {
        var name = call.IsTrue("name") ? call.Text("name") : null;
        var labels = name is null && call.IsTrue("label_selector") ? isFormatted ? Labels : call.Text("label_selector") : null;
        foreach (var found in await ListAsync(resource, labels, name))
        {
            await Client.DeleteAsync(resource, Space, found.Name(), new DeleteRequest(), abort);
        }

        return null;
    }

    public async Task<JsonNode?> DeleteOneAsync(Resource resource, string? name = null)
    {
        await Client.DeleteAsync(resource, Space, name ?? Name, new DeleteRequest(), abort);
        return null;
    }

    public async Task<JsonNode?> CreateFromFileAsync(Resource resource, string space)
    {
        await Client.CreateAsync(resource, space, FileAt(call.Text("spec_path")), abort);
        return null;
    }

    /// <param name="failure">What the failure's text begins with.</param>
    public async Task<JsonNode?> PatchAsync(Resource resource, JsonNode patch, string failure)
    {
        try
        {
            // Python's client sends dictionaries as strategic merge patches.
            await Client.PatchAsync(resource, Space, Name, PatchForm.Strategic, patch, null, abort);
            return null;
        }
        catch (KubernetesException error)
        {
            throw Fails($"{failure}: {ApiText(error)}");
        }
    }

    /// <summary>An object as a file describes it.</summary>
    public static JsonObject FileAt(string path) => Path.GetExtension(path) is ".json" or ".yml" or ".yaml"
        ? Read(path) as JsonObject ?? throw Fails($"{path} does not describe an object")
        : throw Fails($"cannot process {path}");

    public static JsonNode? Read(string path)
    {
        if (!File.Exists(path))
        {
            throw PythonErrors.System(2, "No such file or directory", path);
        }

        return DocumentReader.ReadFile(path).Root?.ToJson();
    }

    public static JsonNode? Parse(string text, DocumentFormat format)
    {
        try
        {
            return format == DocumentFormat.Json ? JsonNode.Parse(text) : DocumentReader.Read(text, format).Root?.ToJson();
        }
        catch (JsonException error)
        {
            throw PythonErrors.Raised(Failure, "json.decoder.JSONDecodeError", error.Message);
        }
    }

    /// <summary>As Python's client writes an answer that is a refusal.</summary>
    public static string ApiText(KubernetesException error) => $"({error.Status})\nReason: {error.Reason}\nHTTP response body: {error.Message}\n";
}
