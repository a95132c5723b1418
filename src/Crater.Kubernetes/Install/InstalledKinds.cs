using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Install;

/// <summary>The kinds that an installation is made of, in the order in which they are applied; they are deleted the other way round.</summary>
internal static class InstalledKinds
{
    public static readonly Resource Definitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);

    private const string Rights = "rbac.authorization.k8s.io";

    private static readonly Resource[] Ordered =
    [
        Resource.Namespaces, Definitions, new("", "v1", "serviceaccounts", "ServiceAccount", true),
        new(Rights, "v1", "clusterroles", "ClusterRole", false), new(Rights, "v1", "roles", "Role", true),
        new(Rights, "v1", "clusterrolebindings", "ClusterRoleBinding", false), new(Rights, "v1", "rolebindings", "RoleBinding", true),
        Resource.Secrets, Resource.Services, new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true), Resource.DisruptionBudgets,
        new("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule", true), new("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor", true),
        new("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor", true), Resource.Deployments, Resource.DaemonSets,
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false),
    ];

    public static int Rank(string kind) => Array.FindIndex(Ordered, one => one.Kind == kind) is >= 0 and var place ? place : Ordered.Length;

    public static Resource Of(JsonObject one) => Ordered.FirstOrDefault(kind => kind.Kind == one.Text("kind"))
        ?? throw new CraterException("CRT8608", $"The chart has a {one.Text("kind")}, which is not known here.");

    /// <summary>For messages: <c>Deployment crater-system/crater-operator</c>.</summary>
    public static string Named(JsonObject one) => one.Namespace().Length > 0 ? $"{one.Text("kind")} {one.Namespace()}/{one.Name()}" : $"{one.Text("kind")} {one.Name()}";
}
