using System.Text.Json.Nodes;
using Crater.Lab.Api.Access;
using Crater.Lab.Api.Streams;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>What lies below an object's own path: status, scale, eviction, binding, log, proxy, token, finalize.</summary>
internal sealed class SubresourceCalls(
    ResourceStore store, ObjectWrites writes, IPodRuntime runtime, AccountTokens tokens, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>As on a real server: shorter tokens are refused.</summary>
    private const int TokenSecondsMin = 600;

    private readonly EvictionCalls _evictions = new(store, clock);
    private readonly ScaleCalls _scales = new(store, writes);
    private readonly LogCalls _logs = new(store, runtime, clock);
    private readonly ProxyCalls _proxies = new(store);
    private readonly PortForwardCalls _ports = new(store, clock);
    private readonly ExecCalls _streams = new(store, runtime, clock);

    public Task AnswerAsync(ApiRequest request, ReadCalls reads, WriteCalls writeCalls)
    {
        if (!request.Kind.Has(request.Subresource))
        {
            throw ApiException.UnknownPath();
        }

        var method = request.Http.Request.Method;
        return (request.Subresource, method) switch
        {
            ("status" or "approval" or "ephemeralcontainers" or "resize", "GET") => reads.GetAsync(request),
            ("status" or "approval" or "ephemeralcontainers" or "resize", "PUT") => writeCalls.UpdateAsync(request, reads),
            ("status" or "approval" or "ephemeralcontainers" or "resize", "PATCH") => writeCalls.PatchAsync(request, reads),
            ("finalize", "PUT") => writeCalls.UpdateAsync(request, reads),
            ("scale", _) => _scales.AnswerAsync(request),
            ("eviction", "POST") => _evictions.EvictAsync(request),
            ("binding", "POST") => BindAsync(request),
            ("log", "GET") => _logs.AnswerAsync(request, stopping),
            ("proxy", _) => _proxies.AnswerAsync(request),
            ("token", "POST") => TokenAsync(request),
            ("exec", "GET" or "POST") => _streams.ExecuteAsync(request, stopping),
            ("attach", "GET" or "POST") => _streams.AttachAsync(request, stopping),
            ("portforward", "GET" or "POST") => _ports.AnswerAsync(request, stopping),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }

    /// <summary>Puts a pod on a node: <c>pods/NAME/binding</c>, or <c>bindings</c> with the pod's name in it.</summary>
    public async Task BindAsync(ApiRequest request)
    {
        var binding = await request.BodyAsync();
        var name = request.Name.Length > 0 ? request.Name : binding.Name();
        var node = binding.Text("target", "name");
        if (store.Peek("pods", request.Space, name) is not { } pod)
        {
            throw ApiException.NotFound("pods", name);
        }

        if (binding.Text("target", "kind") is not ("" or "Node") || node.Length == 0)
        {
            throw new ApiException(400, "", "target.kind and target.name: a pod is bound to a Node by its name");
        }

        if (!PodBinding.Bind(store, clock, request.Space, name, node))
        {
            throw ApiException.Conflict("pods/binding", name, $"pod {name} is already assigned to node \"{pod.Text("spec", "nodeName")}\"");
        }

        await StatusAnswer.WriteAsync(request.Http, 201, Succeeded());
    }

    public static JsonObject Succeeded() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["code"] = 201,
    };

    /// <summary>A token of a service account: it opens what the account's roles allow.</summary>
    private async Task TokenAsync(ApiRequest request)
    {
        if (store.Peek("serviceaccounts", request.Space, request.Name) is null)
        {
            throw ApiException.NotFound("serviceaccounts", request.Name);
        }

        var body = await request.BodyAsync();
        var seconds = body.Number("spec", "expirationSeconds") ?? 3600;
        if (seconds < TokenSecondsMin)
        {
            throw new ApiException(422, "Invalid", $"TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {seconds}: may not specify a duration less than 10 minutes");
        }

        var (kind, bound) = (body.Text("spec", "boundObjectRef", "kind"), body.Text("spec", "boundObjectRef", "name"));
        if (kind is "Pod" or "Secret" or "Node" && store.Peek(kind.ToLowerInvariant() + "s", kind == "Node" ? "" : request.Space, bound) is null)
        {
            throw ApiException.NotFound(kind.ToLowerInvariant() + "s", bound);
        }

        var (token, end) = tokens.Give(request.Space, request.Name, TimeSpan.FromSeconds(seconds));
        body["status"] = new JsonObject
        {
            ["token"] = token,
            ["expirationTimestamp"] = end.Stamp(),
        };
        await StatusAnswer.WriteAsync(request.Http, 201, body);
    }
}
