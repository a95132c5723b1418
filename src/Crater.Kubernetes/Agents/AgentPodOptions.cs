using System.Reflection;

namespace Crater.Kubernetes.Agents;

/// <summary>How agent pods are run in a cluster.</summary>
public sealed record AgentPodOptions
{
    /// <summary>The namespace of agent pods when nobody says otherwise.</summary>
    public const string DefaultNamespace = "crater-system";

    /// <summary>Where they run. It has to admit privileged pods (<c>pod-security.kubernetes.io/enforce: privileged</c>), so nothing else should be in it.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    /// <summary>The image that holds craterd. Default: that of this version, so that a newer one on a node is not taken for it.</summary>
    public string Image { get; init; } = $"crater/agent:{Version}";

    /// <value>How long an agent pod may take from its creation until its craterd answers. Default: 90 s, for a large node that has to pull the image.</value>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(90);

    private static string Version => typeof(AgentPodOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Agents are only pods of a DaemonSet that is there already; none is made where it has none. Its pods are used in any case.</summary>
    public bool IsDaemonSet { get; init; }
}
