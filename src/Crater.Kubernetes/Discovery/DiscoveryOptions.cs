namespace Crater.Kubernetes.Discovery;

/// <summary>Where to look.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>Empty for all but the system's own.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Looked at when namespaces cannot be listed and none was given.</summary>
    public string DefaultNamespace { get; init; } = "default";

    /// <summary>Whether <c>kube-*</c> namespaces are looked at too when none was given.</summary>
    public bool IncludeSystem { get; init; }
}
