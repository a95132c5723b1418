using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>The cluster could not be asked, or said no.</summary>
/// <param name="code">CRT51xx when no answer came, CRT52xx when the answer was a refusal.</param>
/// <param name="status">The HTTP status of the answer; 0 when there was none.</param>
/// <param name="reason">Kubernetes' own word, e.g. <c>NotFound</c>, <c>Conflict</c>; empty when there was no answer.</param>
public sealed class KubernetesException(string code, string message, int status, string reason, Exception? inner = null)
    : CraterException(code, message, inner)
{
    public int Status { get; } = status;

    public string Reason { get; } = reason;

    /// <summary>No answer came: what was asked may or may not have been done.</summary>
    public bool IsUnreachable => Status == 0;

    public bool IsForbidden => Status == 403;

    public bool IsNotFound => Status == 404;

    /// <summary>The object was changed since it was read.</summary>
    public bool IsConflict => Status == 409 && Reason != "AlreadyExists";

    public bool AlreadyExists => Status == 409 && Reason == "AlreadyExists";

    /// <summary>The resourceVersion is too old; list again.</summary>
    public bool IsExpired => Status == 410;

    public bool IsTooManyRequests => Status == 429;
}
