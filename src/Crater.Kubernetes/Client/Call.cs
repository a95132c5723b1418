using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>What a call is about, in the words of RBAC.</summary>
internal sealed record Subject(Resource Resource, string? Space, string? Name = null, string? Subresource = null)
{
    /// <summary>For example <c>deployments.apps/scale</c>.</summary>
    public string Qualified => Subresource is null ? Resource.QualifiedName
        : Resource.Group.Length == 0 ? $"{Resource.Plural}/{Subresource}" : $"{Resource.Plural}.{Resource.Group}/{Subresource}";

    public bool IsInNamespace => Resource.IsNamespaced && !string.IsNullOrEmpty(Space);

    public override string ToString() =>
        string.Concat(Qualified, Name is null ? "" : $" '{Name}'", IsInNamespace ? $" in namespace '{Space}'" : "");
}

/// <summary>One request to the API: what it does, in the words of RBAC, and where it goes.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete.</param>
/// <param name="What">For messages: the resource with its name and namespace.</param>
internal sealed record Call(HttpMethod Method, string Verb, string What, string Path)
{
    public Call(HttpMethod method, string verb, Subject subject, string path) : this(method, verb, subject.ToString(), path) => Subject = subject;

    /// <summary>Null for what is no resource.</summary>
    public Subject? Subject { get; }

    public JsonNode? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public string Accept { get; init; } = "application/json";

    /// <summary>Reads may be asked again; a write whose answer was lost may not, unless it is <see cref="IsGuarded"/>.</summary>
    public bool IsRead => Verb is "get" or "list" or "watch";

    /// <summary>A write that does nothing when it comes a second time: it names the version that it changes, or states what shall be.</summary>
    public bool IsGuarded { get; init; }

    public bool IsRepeatable => IsRead || IsGuarded;
}
