using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>/healthz, /livez and /readyz, whole, check by check and verbose, as plain text.</summary>
internal static class HealthCalls
{
    private static readonly string[] Kinds = ["healthz", "livez", "readyz"];

    /// <summary>In the order in which a real server names them; the lab's parts are one, so that all live as long as it answers.</summary>
    private static readonly string[] Hooks =
    [
        .. ((string[])[
            "start-apiserver-admission-initializer", "generic-apiserver-start-informers", "priority-and-fairness-config-consumer", "priority-and-fairness-filter",
            "storage-object-count-tracker-hook", "start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced", "start-system-namespaces-controller",
            "start-cluster-authentication-info-controller", "start-kube-apiserver-identity-lease-controller", "start-kube-apiserver-identity-lease-garbage-collector",
            "storage-readiness", "start-legacy-token-tracking-controller", "start-service-ip-repair-controllers", "rbac/bootstrap-roles",
            "scheduling/bootstrap-system-priority-classes", "priority-and-fairness-config-producer", "bootstrap-controller", "start-kubernetes-service-cidr-controller",
            "start-kube-aggregator-informers", "apiservice-status-local-available-controller", "apiservice-status-remote-available-controller",
            "apiservice-registration-controller", "apiservice-wait-for-first-sync", "apiservice-discovery-controller", "kube-apiserver-autoregistration"]).Select(Hook),
        "autoregister-completion",
        .. ((string[])["apiservice-openapi-controller", "apiservice-openapiv3-controller"]).Select(Hook),
    ];

    /// <returns>Null when the path asks for something else; else which kind and which check, "" for all.</returns>
    public static (string Kind, string Check)? Find(PathString path)
    {
        var parts = (path.Value ?? "").Trim('/').Split('/', 2);
        var check = parts.Length > 1 ? parts[1] : "";
        return Kinds.Contains(parts[0]) && (check.Length == 0 || check == "etcd" || Of(parts[0]).Contains(check)) ? (parts[0], check) : null;
    }

    public static Task AnswerAsync(HttpContext http, (string Kind, string Check) asked)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        var isVerbose = asked.Check.Length == 0 && http.Request.Query.ContainsKey("verbose");
        if (!isVerbose)
        {
            return http.Response.WriteAsync("ok", http.RequestAborted);
        }

        List<string> excluded = [.. http.Request.Query["exclude"].OfType<string>()];
        var checks = Of(asked.Kind);
        var unknown = excluded.Except(checks).ToList();
        var warning = unknown.Count == 0 ? "" : $"warn: some health checks cannot be excluded: no matches for {string.Join(", ", unknown.Select(one => $"\"{one}\""))}\n";
        return http.Response.WriteAsync(
            string.Concat(checks.Select(check => excluded.Contains(check) ? $"[+]{check} excluded: ok\n" : $"[+]{check} ok\n")) + warning + $"{asked.Kind} check passed\n",
            http.RequestAborted);
    }

    private static string Hook(string name) => $"poststarthook/{name}";

    private static IEnumerable<string> Of(string kind) => kind == "readyz"
        ? ["ping", "log", "etcd", "etcd-readiness", "informer-sync", .. Hooks, "shutdown"] : ["ping", "log", "etcd", .. Hooks];
}
