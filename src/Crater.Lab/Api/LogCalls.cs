using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>The log subresource: finds the container that is meant and lets the node copy its log.</summary>
internal sealed class LogCalls(ResourceStore store, IPodRuntime runtime, TimeProvider clock)
{
    public async Task AnswerAsync(ApiRequest request, CancellationToken stopping)
    {
        var pod = store.Peek("pods", request.Space, request.Name) ?? throw ApiException.NotFound("pods", request.Name);
        var container = ContainerOf(request, pod);
        if (pod.Text("spec", "nodeName").Length == 0)
        {
            // No node, no log: the real server answers with nothing, and with no error.
            request.Http.Response.ContentType = "text/plain";
            return;
        }

        var since = DateTimeOffset.TryParse(request.Query("sinceTime"), out var time) ? time
            : int.TryParse(request.Query("sinceSeconds"), out var seconds) ? clock.GetUtcNow() - TimeSpan.FromSeconds(seconds)
            : (DateTimeOffset?)null;
        var asked = new LogRequest(request.Space, request.Name, container)
        {
            Follow = request.QueryFlag("follow"),
            Previous = request.QueryFlag("previous"),
            Timestamps = request.QueryFlag("timestamps"),
            TailLines = int.TryParse(request.Query("tailLines"), out var lines) ? lines : null,
            LimitBytes = long.TryParse(request.Query("limitBytes"), out var bytes) ? bytes : null,
            Since = since,
        };
        if (asked.Previous && pod.Each("status", "containerStatuses").FirstOrDefault(one => one.Text("name") == container)
            .At("lastState", "terminated") is null)
        {
            throw ApiException.BadRequest($"previous terminated container \"{container}\" in pod \"{request.Name}\" not found");
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, request.Http.RequestAborted);
        request.Http.Response.ContentType = "text/plain";
        if (!await runtime.CopyLogAsync(asked, request.Http.Response.Body, ended.Token))
        {
            throw ApiException.BadRequest($"container \"{container}\" in pod \"{request.Name}\" is waiting to start: {WaitingReason(pod, container)}");
        }
    }

    private static string ContainerOf(ApiRequest request, JsonObject pod)
    {
        var names = pod.Each("spec", "initContainers").Concat(pod.Each("spec", "containers")).Select(one => one.Text("name")).ToList();
        var asked = request.Query("container");
        if (asked.Length > 0)
        {
            var known = names.Concat(pod.Each("spec", "ephemeralContainers").Select(one => one.Text("name")));
            return known.Contains(asked) ? asked : throw ApiException.BadRequest($"container {asked} is not valid for pod {request.Name}");
        }

        return names.Count == 1 ? names[0] : throw ApiException.BadRequest(
            $"a container name must be specified for pod {request.Name}, choose one of: [{string.Join(' ', names)}]");
    }

    private static string WaitingReason(JsonObject pod, string container) => pod.Each("status", "containerStatuses").Concat(pod.Each("status", "ephemeralContainerStatuses"))
        .FirstOrDefault(one => one.Text("name") == container).Text("state", "waiting", "reason") is { Length: > 0 } reason ? reason : "ContainerCreating";
}
