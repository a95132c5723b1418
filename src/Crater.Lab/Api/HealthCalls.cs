using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>/healthz, /livez and /readyz, whole, check by check and verbose, as plain text.</summary>
internal static class HealthCalls
{
    private static readonly string[] Kinds = ["healthz", "livez", "readyz"];
    private static readonly string[] Checks = ["ping", "log", "etcd", "poststarthook/start-apiextensions-controllers", "poststarthook/crd-informer-synced", "poststarthook/rbac/bootstrap-roles"];

    /// <returns>Null when the path asks for something else; else which kind and which check, "" for all.</returns>
    public static (string Kind, string Check)? Find(PathString path)
    {
        var parts = (path.Value ?? "").Trim('/').Split('/', 2);
        var check = parts.Length > 1 ? parts[1] : "";
        return Kinds.Contains(parts[0]) && (check.Length == 0 || Checks.Contains(check)) ? (parts[0], check) : null;
    }

    public static Task AnswerAsync(HttpContext http, (string Kind, string Check) asked)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        var isVerbose = asked.Check.Length == 0 && http.Request.Query.ContainsKey("verbose");
        return http.Response.WriteAsync(isVerbose
            ? string.Concat(Checks.Select(check => $"[+]{check} ok\n")) + $"{asked.Kind} check passed\n" : "ok", http.RequestAborted);
    }
}
