using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>The cluster could not be asked, or said no.</summary>
/// <param name="code">CRT51xx when no answer came, CRT52xx when the answer was a refusal.</param>
/// <param name="status">The HTTP status of the answer; 0 when there was none.</param>
/// <param name="reason">Kubernetes' own word, e.g. <c>NotFound</c>, <c>Conflict</c>; empty when there was no answer.</param>
public class KubernetesException(string code, string message, int status, string reason, Exception? inner = null)
    : CraterException(code, message, inner)
{
    public int Status { get; } = status;

    public string Reason { get; } = reason;

    /// <summary>No answer came: what was asked may or may not have been done.</summary>
    public bool IsUnreachable => Status == 0;

    public bool IsForbidden => Status == 403;

    public bool IsNotFound => Status == 404;

    /// <summary>The cluster does not serve this kind of object in this version at all: its CRD is not there, or has other versions.</summary>
    public bool IsNotServed => Code == Failures.NotServedCode;

    /// <summary>The object was changed since it was read. Not the case where another manager owns a field: <see cref="FieldConflictException"/>.</summary>
    public bool IsConflict => Status == 409 && Reason != "AlreadyExists" && this is not FieldConflictException;

    public bool AlreadyExists => Status == 409 && Reason == "AlreadyExists";

    /// <summary>The resourceVersion is too old; list again.</summary>
    public bool IsExpired => Status == 410;

    public bool IsTooManyRequests => Status == 429;
}

/// <param name="Field">Its path, for example <c>.spec.replicas</c>.</param>
/// <param name="Manager">Who owns it, as the server says; empty when it does not.</param>
public sealed record FieldConflict(string Field, string Manager);

/// <summary>A server-side apply without force met fields that another manager owns, with other values. Nothing was changed.</summary>
public sealed class FieldConflictException(string message, IReadOnlyList<FieldConflict> conflicts)
    : KubernetesException("CRT5211", message, 409, "Conflict")
{
    public IReadOnlyList<FieldConflict> Conflicts { get; } = conflicts;
}
