using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>
/// The verbs of the Kubernetes API over any kind of object, as JSON. Every failure is a <see cref="KubernetesException"/>. Reads are tried
/// again after lost connections and 5xx, and so are applies and patches that name the version they change; other writes never are, since whether
/// they were done is not known. A busy server (429) is asked again after the time that it asks for.
/// </summary>
public sealed partial class KubernetesClient
{
    /// <summary>Objects asked for per page of a list; what kubectl asks for.</summary>
    public const int PageSize = 500;

    /// <summary>Lists that end because their continue token is too old are begun anew so often; then all is asked for in one answer.</summary>
    private const int RestartsMax = 3;

    private readonly HttpClient _http;
    private readonly Transport _transport;
    private readonly TimeProvider _clock;
    private readonly bool _isDry;

    /// <param name="http">With base address and credentials; stays the caller's.</param>
    /// <param name="context">The kubeconfig context, for messages.</param>
    public KubernetesClient(HttpClient http, string context, TimeProvider clock) : this(http, context, clock, new ClientOptions())
    {
    }

    /// <inheritdoc cref="KubernetesClient(HttpClient, string, TimeProvider)"/>
    public KubernetesClient(HttpClient http, string context, TimeProvider clock, ClientOptions options)
        : this(http, context, clock, new Transport(http, context, clock, options), isDry: false)
    {
    }

    private KubernetesClient(HttpClient http, string context, TimeProvider clock, Transport transport, bool isDry)
    {
        (_http, _clock, _transport, _isDry) = (http, clock, transport, isDry);
        Context = context;
    }

    public string Context { get; }

    /// <summary>The same client, whose every write is checked by the server in full and then not stored (<c>dryRun=All</c>).</summary>
    public KubernetesClient DryRun() => new(_http, Context, _clock, _transport, isDry: true);

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
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await PagesAsync(resource, space, query, attempt < RestartsMax ? PageSize : 0, abort);
            }
            catch (KubernetesException e) when (e.IsExpired && attempt < RestartsMax)
            {
                // What was listed so far is of a version that the server no longer has.
            }
        }
    }

    /// <exception cref="KubernetesException">CRT5203: it is not there.</exception>
    public Task<JsonObject> GetAsync(Resource resource, string? space, string name, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", new Subject(resource, space, name), resource.Path(space, name)), abort);

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

    /// <param name="created"><c>apiVersion</c> and <c>kind</c> are filled in where they are missing; an API server knows them only of its own kinds.</param>
    public Task<JsonObject> CreateAsync(Resource resource, string? space, JsonObject created, CancellationToken abort) =>
        _transport.SendAsync(
            new Call(HttpMethod.Post, "create", new Subject(resource, space, created.Name()), Written(resource.Path(space))) { Body = Typed(resource, created) }, abort);

    /// <summary>Replaces the object; refused (CRT5204) when its resourceVersion is not the stored one.</summary>
    /// <param name="updated"><inheritdoc cref="CreateAsync" path="/param[@name='created']"/></param>
    /// <param name="subresource">For example <c>status</c> or <c>scale</c>; null for the object itself.</param>
    public Task<JsonObject> UpdateAsync(Resource resource, string? space, string name, JsonObject updated, string? subresource, CancellationToken abort) =>
        _transport.SendAsync(
            new Call(HttpMethod.Put, "update", new Subject(resource, space, name, subresource), Written(resource.Path(space, name, subresource)))
            {
                Body = subresource is null or "status" ? Typed(resource, updated) : updated,
            },
            abort);

    /// <summary>Changes parts of the object. A <c>metadata.resourceVersion</c> in a merge or strategic patch makes it conditional on that version.</summary>
    public Task<JsonObject> PatchAsync(
        Resource resource, string? space, string name, PatchForm form, JsonNode patch, string? subresource, CancellationToken abort) =>
        _transport.SendAsync(
            new Call(HttpMethod.Patch, "patch", new Subject(resource, space, name, subresource), Written(resource.Path(space, name, subresource)))
            {
                Body = patch,
                IsGuarded = form != PatchForm.Json && patch.ResourceVersion().Length > 0,
                ContentType = form switch
                {
                    PatchForm.Json => "application/json-patch+json",
                    PatchForm.Strategic => "application/strategic-merge-patch+json",
                    _ => "application/merge-patch+json",
                },
            },
            abort);

    /// <summary>
    /// Server-side apply: states fields and owns them from then on; fields that it stated before and no longer does are removed unless others own them.
    /// Makes the object when it is not there.
    /// </summary>
    /// <param name="applied">The fields to own; <c>apiVersion</c>, <c>kind</c> and <c>metadata.name</c> are filled in where they are missing.</param>
    /// <exception cref="FieldConflictException">CRT5211: another manager owns a field with another value, and <see cref="ApplyRequest.Force"/> is not set.</exception>
    public Task<JsonObject> ApplyAsync(
        Resource resource, string? space, string name, JsonObject applied, ApplyRequest request, string? subresource, CancellationToken abort)
    {
        var body = Typed(resource, applied.DeepClone().AsObject());
        body["metadata"] ??= new JsonObject();
        body["metadata"]!["name"] ??= name;
        var path = $"{resource.Path(space, name, subresource)}?fieldManager={Uri.EscapeDataString(request.FieldManager)}{(request.Force ? "&force=true" : "")}";
        return _transport.SendAsync(
            new Call(HttpMethod.Patch, "patch", new Subject(resource, space, name, subresource), Written(path))
            {
                Body = body,
                ContentType = "application/apply-patch+yaml",       // of which JSON is a part
                IsGuarded = true,
            },
            abort);
    }

    public Task<JsonObject> DeleteAsync(Resource resource, string? space, string name, DeleteRequest request, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Delete, "delete", new Subject(resource, space, name), Written(resource.Path(space, name))) { Body = request.Body() }, abort);

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
        var call = new Call(HttpMethod.Post, "create", new Subject(Resource.Pods, space, pod, "eviction"), Written(Resource.Pods.Path(space, pod, "eviction")));
        return _transport.SendAsync(call with { Body = eviction }, abort);
    }

    /// <summary>The scale subresource: <c>spec.replicas</c> wanted, <c>status.replicas</c> there.</summary>
    public Task<JsonObject> GetScaleAsync(Resource resource, string? space, string name, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", new Subject(resource, space, name, "scale"), resource.Path(space, name, "scale")), abort);

    /// <summary>Any JSON document of the API, e.g. <c>version</c> or <c>apis</c>.</summary>
    public Task<JsonObject> RawAsync(string path, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", $"/{path}", path), abort);

    /// <summary>A document in the form that is asked for, where the server has it.</summary>
    internal Task<JsonObject> DocumentAsync(string path, string accept, CancellationToken abort) =>
        _transport.SendAsync(new Call(HttpMethod.Get, "get", $"/{path}", path) { Accept = accept }, abort);

    private async Task<ResourceList> PagesAsync(Resource resource, string? space, ListQuery query, int pageSize, CancellationToken abort)
    {
        List<JsonObject> items = [];
        var accept = query.MetadataOnly
            ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
            : "application/json";
        for (var resume = ""; ;)
        {
            var path = $"{resource.Path(space)}?limit={pageSize}{Parameter("labelSelector", query.LabelSelector)}"
                + $"{Parameter("fieldSelector", query.FieldSelector)}{Parameter("continue", resume)}";
            var page = await _transport.SendAsync(new Call(HttpMethod.Get, "list", new Subject(resource, space), path) { Accept = accept }, abort);
            items.AddRange(query.Keep is { } keep ? page.Objects("items").Select(keep) : page.Objects("items"));
            resume = page.Text("metadata", "continue");
            if (resume.Length == 0)
            {
                return new ResourceList(items, page.Text("metadata", "resourceVersion"));
            }
        }
    }

    private static JsonObject Typed(Resource resource, JsonObject written)
    {
        if (written.Text("apiVersion").Length > 0 && written.Text("kind").Length > 0)
        {
            return written;
        }

        var typed = written.DeepClone().AsObject();
        (typed["apiVersion"], typed["kind"]) = (typed["apiVersion"] ?? resource.ApiVersion, typed["kind"] ?? resource.Kind);
        return typed;
    }

    private string Written(string path) => _isDry ? $"{path}{(path.Contains('?') ? '&' : '?')}dryRun=All" : path;

    private static string Parameter(string name, string value) => value.Length == 0 ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
