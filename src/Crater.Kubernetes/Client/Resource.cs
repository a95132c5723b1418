namespace Crater.Kubernetes.Client;

/// <summary>One kind of object as the API names it.</summary>
/// <param name="Group">API group; empty for core.</param>
/// <param name="Plural">As in paths and in RBAC rules, e.g. <c>deployments</c>.</param>
public sealed record Resource(string Group, string Version, string Plural, string Kind, bool IsNamespaced)
{
    public static readonly Resource Pods = new("", "v1", "pods", "Pod", true);
    public static readonly Resource Services = new("", "v1", "services", "Service", true);
    public static readonly Resource Nodes = new("", "v1", "nodes", "Node", false);
    public static readonly Resource Namespaces = new("", "v1", "namespaces", "Namespace", false);
    public static readonly Resource ConfigMaps = new("", "v1", "configmaps", "ConfigMap", true);
    public static readonly Resource Secrets = new("", "v1", "secrets", "Secret", true);
    public static readonly Resource Deployments = new("apps", "v1", "deployments", "Deployment", true);
    public static readonly Resource ReplicaSets = new("apps", "v1", "replicasets", "ReplicaSet", true);
    public static readonly Resource StatefulSets = new("apps", "v1", "statefulsets", "StatefulSet", true);
    public static readonly Resource DaemonSets = new("apps", "v1", "daemonsets", "DaemonSet", true);
    public static readonly Resource Jobs = new("batch", "v1", "jobs", "Job", true);
    public static readonly Resource Ingresses = new("networking.k8s.io", "v1", "ingresses", "Ingress", true);
    public static readonly Resource DisruptionBudgets = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true);
    public static readonly Resource Autoscalers = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true);
    public static readonly Resource Leases = new("coordination.k8s.io", "v1", "leases", "Lease", true);

    /// <summary>For example <c>apps/v1</c>, or <c>v1</c> for core.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As RBAC and kubectl print it, e.g. <c>deployments.apps</c>.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The path of the collection (no name) or of one object, with the subresource when one is given. Not rooted.</summary>
    public string Path(string? space, string? name = null, string? subresource = null)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        var path = IsNamespaced && !string.IsNullOrEmpty(space) ? $"{root}/namespaces/{Uri.EscapeDataString(space)}/{Plural}" : $"{root}/{Plural}";
        path = name is null ? path : $"{path}/{Uri.EscapeDataString(name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
