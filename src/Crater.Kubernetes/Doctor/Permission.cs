using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Doctor;

/// <summary>Verbs on one resource, and what they are for.</summary>
/// <param name="Resource">Plural, with its subresource when it is one: <c>pods/exec</c>; or a path that is no resource: <c>/metrics</c>.</param>
/// <param name="Why">Ends the sentence "this is needed to …".</param>
public sealed record Permission(string Group, string Resource, bool IsNamespaced, IReadOnlyList<string> Verbs, string Why)
{
    /// <summary>A path of HTTP and no resource.</summary>
    public bool IsPath => Resource.StartsWith('/');

    /// <summary>As RBAC and kubectl print it, e.g. <c>deployments.apps/scale</c>.</summary>
    public string Qualified => Group.Length == 0 ? Resource
        : Resource.Split('/') is [var plural, var sub] ? $"{plural}.{Group}/{sub}" : $"{Resource}.{Group}";

    internal static Permission Of(Resource resource, string verbs, string why, string subresource = "") =>
        new(resource.Group, subresource.Length == 0 ? resource.Plural : $"{resource.Plural}/{subresource}", resource.IsNamespaced, verbs.Split(' '), why);
}

/// <summary>Everything that one part of Crater needs of a cluster, and nothing else.</summary>
/// <param name="Name">The name of its file in deploy/rbac, and of its role after <c>crater-</c>.</param>
/// <param name="What">What it does with that, in a sentence without its end.</param>
/// <param name="Group">The API group whose presence makes the part usable; empty for one that always is.</param>
public sealed record PermissionSet(string Name, string What, string Group, IReadOnlyList<Permission> Permissions)
{
    /// <summary>A cluster-wide role of this set alone.</summary>
    public string Role => $"crater-{Name}";
}
