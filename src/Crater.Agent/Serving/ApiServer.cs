using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Crater.Agent.Serving;

/// <summary>From a request to an answer: who asks, may they, what do they ask, is it well-formed; then the call itself, and the line in the audit log.</summary>
internal sealed class ApiServer(Routes routes, Entrance entrance, AuditLog audit, Metrics metrics) : IHttpApplication<HttpContext>
{
    private readonly Allowance _calls = new(Limits.CallsPerSecond, Limits.CallsAtOnce);
    private readonly Allowance _refusals = new(Limits.RefusalsPerSecond, Limits.RefusalsAtOnce);

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var began = TimeProvider.System.GetTimestamp();
        var path = context.Request.Path.Value ?? "/";
        var (route, methods) = routes.Find(context.Request.Method, path);
        var caller = entrance.Admit(context);
        var reply = caller is null ? Refused()
            : route is null ? NoRoute(path, methods, context.Response)
            : !route.IsUnlimited && !_calls.Take() ? Reply.Problem(429, "CRT5655", $"More than {Limits.CallsPerSecond} requests a second. Ask again in a second; recover and leases are never refused for this.")
            : await AnswerAsync(route, caller, context);
        reply = route is { IsChaosMeta: true } && reply.Status >= 400 ? ChaosMetaCalls.InTheirForm(reply) : reply;
        metrics.Answered(context.Request.Method is "GET" or "POST" ? context.Request.Method : "other", route?.Path ?? "none", reply.Status);
        // Whoever is not let in could fill the log until what counts is gone; beyond the allowance they are counted in the metrics alone.
        if (caller is not null || reply.Status != 429)
        {
            audit.Note(caller ?? Entrance.Address(context), context.Request.Method, path, reply.Status, reply.Note, TimeProvider.System.GetElapsedTime(began));
        }

        await WriteAsync(context, reply);
    }

    private Reply Refused() => _refusals.Take()
        ? Reply.Problem(401, "CRT5654", "Who asks is not known here. Send the token of craterd's token file: Authorization: Bearer TOKEN.")
        : Reply.Problem(429, "CRT5655", "Too many requests without a valid token.");

    private static Reply NoRoute(string path, IReadOnlyList<string> methods, HttpResponse response)
    {
        if (methods.Count == 0)
        {
            return Reply.Problem(404, "CRT5651", $"There is no {path} here. GET /openapi.json lists all there is.");
        }

        response.Headers.Allow = string.Join(", ", methods);
        return Reply.Problem(405, "CRT5652", $"{path} takes {string.Join(" or ", methods)}.");
    }

    private async Task<Reply> AnswerAsync(Route route, string caller, HttpContext context)
    {
        try
        {
            var body = route.Body is null ? [] : await BodyAsync(route.Body, context);
            var query = Query(route, context.Request.Query);
            var call = new Call(caller, body, query, context.RequestAborted);
            if (route.IsChange)
            {
                audit.NoteAsked(caller, route.Path, body, mustStand: !route.IsUnlimited);
            }

            using var gone = route.IsChange ? context.RequestAborted.Register(() => audit.NoteGone(caller, route.Path, body)) : default;
            // Everything below works with the kernel and waits for it, so it gets a thread of the pool and not one of the server's.
            return await Task.Run(() => route.Answer(call), CancellationToken.None);
        }
        catch (AgentException e)
        {
            return Reply.Problem(e);
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == 413
                ? Reply.Problem(413, "CRT5653", $"The body is larger than {Limits.BodyBytesMax} bytes.")
                : Reply.Problem(e.StatusCode, "CRT5650", e.Message);
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            return Reply.Problem(503, "CRT5532", $"The file system said no: {e.Message}");
        }
        catch (Exception e)     // one broken request must not end the process, and whoever asked is told
        {
            return Reply.Problem(500, "CRT5656", $"craterd failed at {route.Path}: {e.GetType().Name}: {e.Message} Look with GET /v1/query what stands.");
        }
    }

    private static async Task<JsonObject> BodyAsync(Shape shape, HttpContext context)
    {
        JsonNode? body;
        try
        {
            body = await JsonNode.ParseAsync(context.Request.Body, null, new JsonDocumentOptions { MaxDepth = Limits.BodyDepthMax, AllowDuplicateProperties = false }, context.RequestAborted);
        }
        catch (JsonException e)
        {
            throw new AgentException("CRT5650", ExitCodes.Usage, $"The body is no JSON: {e.Message}");
        }

        return body is JsonObject given && shape.Refuse(given, "") is var wrong && wrong is null ? given
            : throw new AgentException("CRT5650", ExitCodes.Usage, body is JsonObject again ? shape.Refuse(again, "")! : "The body must be an object.");
    }

    private static Dictionary<string, string> Query(Route route, IQueryCollection given)
    {
        Dictionary<string, string> query = new(StringComparer.Ordinal);
        foreach (var (name, values) in given)
        {
            var parameter = route.Query.FirstOrDefault(parameter => parameter.Name == name)
                ?? throw new AgentException("CRT5650", ExitCodes.Usage, $"{route.Path} has no parameter {name}{(route.Query.Count > 0 ? $"; it takes {string.Join(", ", route.Query.Select(known => known.Name))}" : "")}.");
            query[name] = parameter.Shape.Refuse(values.ToString(), name) is { } wrong ? throw new AgentException("CRT5650", ExitCodes.Usage, wrong) : values.ToString();
        }

        return query;
    }

    private static async Task WriteAsync(HttpContext context, Reply reply)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var content = System.Text.Encoding.UTF8.GetBytes(reply.Content);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        context.Response.ContentLength = content.Length;
        if (reply.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }
        else if (reply.Status is 429 or 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        await context.Response.Body.WriteAsync(content);
    }
}
