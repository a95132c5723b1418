using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Schemas;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <param name="Name">"" for the user that the token names; else who was named by Impersonate-User.</param>
internal sealed record ApiUser(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>The owner of the kubeconfig may do everything, as on a new cluster.</summary>
    public static readonly ApiUser Admin = new("kubernetes-admin", ["system:masters", "system:authenticated"]);

    public bool IsAdmin => Groups.Contains("system:masters");
}

/// <summary>What one request asks for, read from its path and query.</summary>
internal sealed record ApiRequest(HttpContext Http, ResourceKind Kind, string Space, string Name, string Subresource, string Rest)
{
    public ApiUser User { get; init; } = ApiUser.Admin;

    /// <summary>Asked for by one of the old paths that begin with <c>watch</c>, the only ones by which one object can be watched by its name.</summary>
    public bool IsWatchPath { get; init; }

    public bool IsWatch => IsWatchPath || (Name.Length == 0 && Http.Request.Query.ContainsKey("watch") && Query("watch").ToLowerInvariant() is not ("false" or "0"));

    /// <summary>The fields that came more than once in the body, once it was read.</summary>
    public List<string> Duplicates { get; } = [];

    public bool IsDryRun => Query("dryRun") == "All";

    public string Query(string key) => Http.Request.Query.TryGetValue(key, out var values) ? values.ToString() : "";

    public bool QueryFlag(string key) => Query(key) is "true" or "1";

    /// <summary>Takes apart <c>/api/v1/…</c> and <c>/apis/GROUP/VERSION/…</c>.</summary>
    /// <returns>Null when no served resource has that path.</returns>
    public static ApiRequest? Read(HttpContext http, Func<string, string, string, ResourceKind?> find)
    {
        var parts = (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        var isCore = parts.Length > 2 && parts[0] == "api";
        if (!isCore && !(parts.Length > 3 && parts[0] == "apis"))
        {
            return null;
        }

        var (group, version, rest) = isCore ? ("", parts[1], parts[2..]) : (parts[1], parts[2], parts[3..]);
        var isWatch = rest is ["watch", _, ..] && HttpMethods.IsGet(http.Request.Method);
        rest = isWatch ? rest[1..] : rest;
        var space = "";
        if (rest.Length > 2 && rest[0] == "namespaces" && !(isCore && rest[2] is "status" or "finalize"))
        {
            (space, rest) = (rest[1], rest[2..]);
        }

        var kind = find(group, version, rest[0]);
        if (kind is null || (space.Length > 0 && !kind.IsNamespaced))
        {
            return null;
        }

        return new ApiRequest(http, kind, space, rest.Length > 1 ? rest[1] : "", rest.Length > 2 ? rest[2] : "", string.Join('/', rest.Skip(3))) { IsWatchPath = isWatch };
    }

    /// <summary>The body as an object; an empty one where there is no body.</summary>
    public async Task<JsonObject> BodyAsync() => await NodeAsync() switch
    {
        null => [],
        JsonObject map => map,
        _ => throw ApiException.BadRequest("the object provided is unrecognized (must be of type JSON object)"),
    };

    public async Task<JsonNode?> NodeAsync()
    {
        using var bytes = new MemoryStream();
        await Http.Request.Body.CopyToAsync(bytes, Http.RequestAborted);
        if (bytes.Length == 0)
        {
            return null;
        }

        var isYaml = MediaTypes.IsYaml(Http.Request, Kind);
        if (WireReader.IsProtobuf(Http.Request.ContentType))
        {
            return WireReader.Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        }

        if (isYaml && !MediaTypes.BeginsAsJson(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)))
        {
            return MediaTypes.ReadYaml(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }

        try
        {
            return BodyReader.Read(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), Duplicates);
        }
        catch (JsonException wrong)
        {
            throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {Kind.Kind}): couldn't get version/kind; json parse error: {wrong.Message}");
        }
    }
}
