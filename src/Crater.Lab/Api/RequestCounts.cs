using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>/metrics: which requests were answered how, and how many objects there are, as a Prometheus reads it.</summary>
internal sealed class RequestCounts(ResourceStore store)
{
    public const string Path = "/metrics";

    private readonly ConcurrentDictionary<string, long> _answered = new();

    /// <summary>Counts a request that was answered; a watch when it has ended.</summary>
    public void Count(ApiRequest request, string verb)
    {
        var http = request.Http;
        var (scope, shown) = (request.Name.Length > 0 ? "resource" : request.Space.Length > 0 ? "namespace" : "cluster", verb switch
        {
            "create" => "POST",
            "update" => "PUT",
            "patch" when (http.Request.ContentType ?? "").StartsWith("application/apply-patch", StringComparison.Ordinal) => "APPLY",
            _ => verb.ToUpperInvariant(),
        });
        var labels = $"code=\"{http.Response.StatusCode}\",component=\"apiserver\",dry_run=\"{(request.IsDryRun ? "All" : "")}\",group=\"{request.Kind.Group}\","
            + $"resource=\"{request.Kind.Plural}\",scope=\"{scope}\",subresource=\"{request.Subresource}\",verb=\"{shown}\",version=\"{request.Kind.Version}\"";
        _answered.AddOrUpdate(labels, 1, (_, count) => count + 1);
    }

    public Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return http.Response.WriteAsync(Text(), http.RequestAborted);
    }

    private string Text()
    {
        var text = new StringBuilder();
        Family(text, "apiserver_request_total", "counter", "Requests that were answered, by verb, resource and code.", _answered);
        Family(text, "apiserver_storage_objects", "gauge", "Objects that are stored, by resource.",
            store.Resources().Select(resource => KeyValuePair.Create($"resource=\"{resource}\"", (long)store.Scan(resource).Items.Count)));
        return text.ToString();
    }

    private static void Family(StringBuilder text, string name, string type, string help, IEnumerable<KeyValuePair<string, long>> values)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var (labels, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append('{').Append(labels).Append("} ").Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
