using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>Watches: one answer that goes on for as long as there is news.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>Every change from a version on, until the server ends the watch or <paramref name="stop"/>; then list or watch again.</summary>
    /// <exception cref="KubernetesException">CRT5209: the version is too old; list again.</exception>
    public IAsyncEnumerable<WatchEvent> WatchAsync(Resource resource, string? space, string version, ListQuery query, CancellationToken stop) =>
        WatchAsync(resource, space, version, query, length: null, stop);

    /// <inheritdoc cref="WatchAsync(Resource, string?, string, ListQuery, CancellationToken)"/>
    /// <param name="length">How long the server shall keep the watch open, to the second; null for its own choice (30 to 60 minutes).</param>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        Resource resource, string? space, string version, ListQuery query, TimeSpan? length, [EnumeratorCancellation] CancellationToken stop)
    {
        var path = $"{resource.Path(space)}?watch=true&allowWatchBookmarks=true{Parameter("resourceVersion", version)}"
            + $"{Parameter("labelSelector", query.LabelSelector)}{Parameter("fieldSelector", query.FieldSelector)}"
            + (length is { } asked ? $"&timeoutSeconds={Math.Max(1, (int)asked.TotalSeconds)}" : "");
        var accept = query.MetadataOnly ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json" : "application/json";
        var call = new Call(HttpMethod.Get, "watch", new Subject(resource, space), path) { Accept = accept };
        using var response = await _transport.SendRawAsync(call, stop);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        while (await NextAsync(lines, call, stop) is { } change)
        {
            if (change.Text("type") == "ERROR")
            {
                throw _transport.Failures.Refused(call, change.Integer("object", "code") ?? 500, change.At("object"));
            }

            if (change.At("object") is JsonObject changed)
            {
                // A bookmark has nothing but a version.
                yield return new WatchEvent(change.Text("type"), query.Keep is { } keep && change.Text("type") != "BOOKMARK" ? keep(changed) : changed);
            }
        }
    }

    /// <summary>Null at the end. A line that ends in the middle is a connection that was cut.</summary>
    private async Task<JsonNode?> NextAsync(StreamReader lines, Call call, CancellationToken stop)
    {
        var line = "";
        try
        {
            line = await lines.ReadLineAsync(stop);
            return line is null ? null : JsonNode.Parse(line);
        }
        catch (JsonException e)
        {
            throw _transport.Failures.NotKubernetes(call, System.Text.Encoding.UTF8.GetBytes(line ?? ""), e);
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            throw _transport.Failures.NoAnswer(call, e);
        }
    }
}
