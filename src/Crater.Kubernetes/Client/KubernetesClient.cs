using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>
/// The verbs of the Kubernetes API over any kind of object, as JSON. Every failure is a <see cref="KubernetesException"/>. Reads are tried
/// again after lost connections and 5xx; writes never are, since whether they were done is not known.
/// </summary>
public sealed class KubernetesClient
{
    /// <summary>Objects asked for per page of a list; what kubectl asks for.</summary>
    public const int PageSize = 500;

    private readonly HttpClient _http;
    private readonly Transport _transport;
    private readonly TimeProvider _clock;

    /// <param name="http">With base address and credentials; stays the caller's.</param>
    /// <param name="context">The kubeconfig context, for messages.</param>
    public KubernetesClient(HttpClient http, string context, TimeProvider clock)
    {
        _http = http;
        _clock = clock;
        _transport = new Transport(http, context, clock);
        Context = context;
    }

    public string Context { get; }

    /// <summary>The server's clock, to the second; asks the server when it never answered yet.</summary>
    public async Task<DateTimeOffset> ServerNowAsync(CancellationToken abort)
    {
        if (_transport.ServerNow is null)
        {
            await RawAsync("version", abort);
        }

        // A server without a Date header leaves us nothing better than our own clock.
        return _transport.ServerNow ?? _clock.GetUtcNow();
    }

    /// <summary>All objects of a kind, page by page.</summary>
    /// <param name="space">Null or empty for all namespaces.</param>
    public async Task<ResourceList> ListAsync(Resource resource, string? space, ListQuery query, CancellationToken abort)
    {
        List<JsonObject> items = [];
        var accept = query.MetadataOnly
            ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
            : "application/json";
        for (var resume = ""; ;)
        {
            var path = $"{resource.Path(space)}?limit={PageSize}{Parameter("labelSelector", query.LabelSelector)}"
                + $"{Parameter("fieldSelector", query.FieldSelector)}{Parameter("continue", resume)}";
            var page = await _transport.SendAsync(new Call(HttpMethod.Get, "list", Name(resource, space), path) { Accept = accept }, abort);
            items.AddRange(page.Objects("items"));
            resume = page.Text("metadata", "continue");
            if (resume.Length == 0)
            {
                return new ResourceList(items, page.Text("metadata", "resourceVersion"));
            }
        }
    }

    /// <exception cref="KubernetesException">CRT5203: it is not there.</exception>
    public Task<JsonObject> GetAsync(Resource resource, string? space, string name, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", Name(resource, space, name), resource.Path(space, name)), abort);

    /// <summary>The object, or null when it is not there.</summary>
    public async Task<JsonObject?> FindAsync(Resource resource, string? space, string name, CancellationToken abort)
    {
        try
        {
            return await GetAsync(resource, space, name, abort);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    public Task<JsonObject> CreateAsync(Resource resource, string? space, JsonObject created, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Post, "create", Name(resource, space, created.Name()), resource.Path(space)) { Body = created }, abort);

    /// <summary>Replaces the object; refused (CRT5204) when its resourceVersion is not the stored one.</summary>
    /// <param name="subresource">For example <c>status</c> or <c>scale</c>; null for the object itself.</param>
    public Task<JsonObject> UpdateAsync(Resource resource, string? space, string name, JsonObject updated, string? subresource, CancellationToken abort) =>
        _transport.SendAsync(
            new Call(HttpMethod.Put, "update", Name(resource, space, name, subresource), resource.Path(space, name, subresource)) { Body = updated }, abort);

    /// <summary>Changes parts of the object. A <c>metadata.resourceVersion</c> in a merge or strategic patch makes it conditional on that version.</summary>
    public Task<JsonObject> PatchAsync(
        Resource resource, string? space, string name, PatchForm form, JsonNode patch, string? subresource, CancellationToken abort) =>
        _transport.SendAsync(
            new Call(HttpMethod.Patch, "patch", Name(resource, space, name, subresource), resource.Path(space, name, subresource))
            {
                Body = patch,
                ContentType = form switch
                {
                    PatchForm.Json => "application/json-patch+json",
                    PatchForm.Strategic => "application/strategic-merge-patch+json",
                    _ => "application/merge-patch+json",
                },
            },
            abort);

    public Task<JsonObject> DeleteAsync(Resource resource, string? space, string name, DeleteRequest request, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Delete, "delete", Name(resource, space, name), resource.Path(space, name)) { Body = request.Body() }, abort);

    /// <summary>Asks for the pod to go, as a drain does; a disruption budget may refuse (CRT5210).</summary>
    public Task<JsonObject> EvictAsync(string space, string pod, DeleteRequest request, CancellationToken abort)
    {
        var eviction = new JsonObject
        {
            ["apiVersion"] = "policy/v1",
            ["kind"] = "Eviction",
            ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = space },
            ["deleteOptions"] = request.Body(),
        };
        var call = new Call(HttpMethod.Post, "create", Name(Resource.Pods, space, pod, "eviction"), Resource.Pods.Path(space, pod, "eviction"));
        return _transport.SendAsync(call with { Body = eviction }, abort);
    }

    /// <summary>The scale subresource: <c>spec.replicas</c> wanted, <c>status.replicas</c> there.</summary>
    public Task<JsonObject> GetScaleAsync(Resource resource, string? space, string name, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", Name(resource, space, name, "scale"), resource.Path(space, name, "scale")), abort);

    /// <summary>Any JSON document of the API, e.g. <c>version</c> or <c>apis</c>.</summary>
    public Task<JsonObject> RawAsync(string path, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", $"/{path}", path), abort);

    /// <summary>One GET to a pod through the API server. The answer's status is a success; the caller disposes of it.</summary>
    /// <param name="path">Not rooted, with query when there is one.</param>
    public Task<HttpResponseMessage> GetFromPodAsync(string space, string pod, int port, string path, CancellationToken abort) =>
        _transport.SendRawAsync(
            new Call(HttpMethod.Get, "get", Name(Resource.Pods, space, pod, "proxy"), $"{Resource.Pods.Path(space, $"{pod}", null)}:{port}/proxy/{path}") { Accept = "*/*" },
            HttpCompletionOption.ResponseHeadersRead, abort);

    /// <summary>Every change from a version on, until the server ends the watch or <paramref name="stop"/>; then list or watch again.</summary>
    /// <exception cref="KubernetesException">CRT5209: the version is too old; list again.</exception>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        Resource resource, string? space, string version, ListQuery query, [EnumeratorCancellation] CancellationToken stop)
    {
        var path = $"{resource.Path(space)}?watch=true&allowWatchBookmarks=true{Parameter("resourceVersion", version)}"
            + $"{Parameter("labelSelector", query.LabelSelector)}{Parameter("fieldSelector", query.FieldSelector)}";
        var call = new Call(HttpMethod.Get, "watch", Name(resource, space), path);
        using var response = await _transport.SendRawAsync(call, HttpCompletionOption.ResponseHeadersRead, stop);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        while (await NextLineAsync(lines, call, stop) is { } line)
        {
            var change = JsonNode.Parse(line);
            if (change.Text("type") == "ERROR")
            {
                var status = (System.Net.HttpStatusCode)(change.Integer("object", "code") ?? 500);
                throw Failures.Refused(call, _http.BaseAddress!, Context, status, change.At("object")?.ToJsonString() ?? "");
            }

            if (change.At("object") is JsonObject changed)
            {
                yield return new WatchEvent(change.Text("type"), changed);
            }
        }
    }

    private async Task<string?> NextLineAsync(StreamReader lines, Call call, CancellationToken stop)
    {
        try
        {
            return await lines.ReadLineAsync(stop);
        }
        catch (Exception e) when (e is JsonException || NoAnswer.Is(e))
        {
            throw Failures.NoAnswer(call, _http.BaseAddress!, Context, e);
        }
    }

    private static string Parameter(string name, string value) => value.Length == 0 ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string Name(Resource resource, string? space, string? name = null, string? subresource = null) => string.Concat(
        resource.QualifiedName, subresource is null ? "" : $"/{subresource}", name is null ? "" : $" '{name}'",
        string.IsNullOrEmpty(space) || !resource.IsNamespaced ? "" : $" in namespace '{space}'");
}
