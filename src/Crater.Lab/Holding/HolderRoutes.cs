using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Holding;

/// <summary>The lab's own part of the API, below <c>/apis/lab.crater.dev/v1</c>; the API server has checked the token before.</summary>
internal sealed class HolderRoutes(FaultHolder holder, Func<JsonObject> edges, Func<JsonObject> status, TimeProvider clock)
{
    public const string Prefix = "/apis/lab.crater.dev/v1";

    public async Task AnswerAsync(HttpContext http)
    {
        try
        {
            var (code, body) = await AnswerAsync(http.Request, http.RequestAborted).ConfigureAwait(false);
            await WriteAsync(http, code, body).ConfigureAwait(false);
        }
        catch (CraterException e)
        {
            await WriteAsync(http, CodeOf(e.Code), Failure(CodeOf(e.Code), e.Code, e.Message)).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            await WriteAsync(http, 400, Failure(400, "CRT6701", $"The body is not JSON: {e.Message}")).ConfigureAwait(false);
        }
    }

    private async Task<(int Code, JsonObject Body)> AnswerAsync(HttpRequest request, CancellationToken abort)
    {
        var path = (request.Path.Value ?? "")[Prefix.Length..].Trim('/').Split('/');
        return (request.Method, path) switch
        {
            ("GET", ["edges"]) => (200, edges()),
            ("GET", ["status"]) => (200, status()),
            ("GET", ["fingerprint"]) => (200, Fingerprint(request.Query)),
            ("GET", ["injections"]) => (200, new JsonObject { ["kind"] = "InjectionList", ["items"] = new JsonArray([.. holder.All.Select(held => (JsonNode)held.Json(clock))]) }),
            ("POST", ["injections"]) => (201, await InjectAsync(await BodyAsync(request, abort).ConfigureAwait(false)).ConfigureAwait(false)),
            ("GET", ["injections", var id]) => (200, holder.Find(id).Json(clock)),
            ("PUT", ["injections", var id]) => (200, holder.Renew(id, InjectionRequest.LeaseOf(await BodyAsync(request, abort).ConfigureAwait(false))).Json(clock)),
            ("DELETE", ["injections", var id]) => (200, (await holder.RecoverAsync(id, "recovered").ConfigureAwait(false)).Json(clock)),
            _ => throw new CraterException("CRT6713", $"The lab has no {request.Method} {request.Path}; it has edges, fingerprint, injections and status."),
        };
    }

    /// <summary>Goes on when the caller has left: what was begun is held by its lease, and half an injection helps nobody.</summary>
    private async Task<JsonObject> InjectAsync(JsonNode? body) =>
        (await holder.InjectAsync(InjectionRequest.Read(body), CancellationToken.None).ConfigureAwait(false)).Json(clock);

    private JsonObject Fingerprint(IQueryCollection query) =>
        new() { ["text"] = holder.Fingerprint(query["fault"].ToString(), query["uid"].ToString(), query["injection"].ToString()) };

    private static async Task<JsonNode?> BodyAsync(HttpRequest request, CancellationToken abort) =>
        await JsonNode.ParseAsync(request.Body, cancellationToken: abort).ConfigureAwait(false);

    /// <summary>The form of Kubernetes' own failures, with our code as the reason of the first cause.</summary>
    private static JsonObject Failure(int code, string crater, string message) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = code switch { 404 => "NotFound", 409 => "Conflict", 400 => "BadRequest", _ => "InternalError" },
        ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = crater, ["message"] = message }) },
        ["code"] = code,
    };

    private static int CodeOf(string crater) => crater switch
    {
        "CRT6704" or "CRT6710" or "CRT6713" => 404,
        "CRT6702" or "CRT6703" or "CRT6705" or "CRT6706" => 409,
        "CRT6701" or "CRT6709" or "CRT6712" => 400,
        _ => 500,
    };

    private static Task WriteAsync(HttpContext http, int code, JsonObject body)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString());
    }
}
