namespace Crater.Lab.Api;

/// <summary>Every kind that the lab serves. Discovery, paths, storage, patches and printing all read this one table.</summary>
public static class ResourceTable
{
    private static readonly string[] Status = ["status"];
    private static readonly string[] StatusAndScale = ["scale", "status"];
    private static readonly string[] All = ["all"];
    private static readonly string[] CreateOnly = ["create"];

    /// <summary>In the order in which discovery lists them.</summary>
    public static IReadOnlyList<ResourceKind> BuiltIn { get; } =
    [
        new("", "v1", "bindings", "Binding", true) { Verbs = CreateOnly },
        new("", "v1", "componentstatuses", "ComponentStatus", false) { ShortNames = ["cs"], Verbs = ["get", "list"], StoredAs = "" },
        new("", "v1", "configmaps", "ConfigMap", true) { ShortNames = ["cm"] },
        new("", "v1", "endpoints", "Endpoints", true) { ShortNames = ["ep"], Singular = "endpoints" },
        new("", "v1", "events", "Event", true) { ShortNames = ["ev"] },
        new("", "v1", "limitranges", "LimitRange", true) { ShortNames = ["limits"] },
        new("", "v1", "namespaces", "Namespace", false)
        {
            ShortNames = ["ns"], Subresources = ["finalize", "status"], Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
        },
        new("", "v1", "nodes", "Node", false) { ShortNames = ["no"], Subresources = ["proxy", "status"] },
        new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true) { ShortNames = ["pvc"], Subresources = Status },
        new("", "v1", "persistentvolumes", "PersistentVolume", false) { ShortNames = ["pv"], Subresources = Status },
        new("", "v1", "pods", "Pod", true)
        {
            ShortNames = ["po"], Categories = All, CountsGenerations = true,
            Subresources = ["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status"],
        },
        new("", "v1", "podtemplates", "PodTemplate", true),
        new("", "v1", "replicationcontrollers", "ReplicationController", true)
        {
            ShortNames = ["rc"], Categories = All, Subresources = StatusAndScale, CountsGenerations = true,
        },
        new("", "v1", "resourcequotas", "ResourceQuota", true) { ShortNames = ["quota"], Subresources = Status },
        new("", "v1", "secrets", "Secret", true),
        new("", "v1", "serviceaccounts", "ServiceAccount", true) { ShortNames = ["sa"], Subresources = ["token"] },
        new("", "v1", "services", "Service", true) { ShortNames = ["svc"], Categories = All, Subresources = ["proxy", "status"] },

        new("apiregistration.k8s.io", "v1", "apiservices", "APIService", false) { Categories = ["api-extensions"], Subresources = Status },

        new("apps", "v1", "controllerrevisions", "ControllerRevision", true),
        new("apps", "v1", "daemonsets", "DaemonSet", true) { ShortNames = ["ds"], Categories = All, Subresources = Status, CountsGenerations = true },
        new("apps", "v1", "deployments", "Deployment", true)
        {
            ShortNames = ["deploy"], Categories = All, Subresources = StatusAndScale, CountsGenerations = true,
        },
        new("apps", "v1", "replicasets", "ReplicaSet", true)
        {
            ShortNames = ["rs"], Categories = All, Subresources = StatusAndScale, CountsGenerations = true,
        },
        new("apps", "v1", "statefulsets", "StatefulSet", true)
        {
            ShortNames = ["sts"], Categories = All, Subresources = StatusAndScale, CountsGenerations = true,
        },

        new("events.k8s.io", "v1", "events", "Event", true) { ShortNames = ["ev"], StoredAs = "events" },

        new("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false) { Verbs = CreateOnly },
        new("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false) { Verbs = CreateOnly },

        new("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", true) { Verbs = CreateOnly },
        new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false) { Verbs = CreateOnly },
        new("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false) { Verbs = CreateOnly },
        new("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false) { Verbs = CreateOnly },

        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true)
        {
            ShortNames = ["hpa"], Categories = All, Subresources = Status,
        },
        new("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true)
        {
            ShortNames = ["hpa"], Categories = All, Subresources = Status,
        },

        new("batch", "v1", "cronjobs", "CronJob", true) { ShortNames = ["cj"], Categories = All, Subresources = Status, CountsGenerations = true },
        new("batch", "v1", "jobs", "Job", true) { Categories = All, Subresources = Status, CountsGenerations = true },

        new("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", false) { ShortNames = ["csr"], Subresources = ["approval", "status"] },

        new("networking.k8s.io", "v1", "ingressclasses", "IngressClass", false) { CountsGenerations = true },
        new("networking.k8s.io", "v1", "ingresses", "Ingress", true) { ShortNames = ["ing"], Subresources = Status, CountsGenerations = true },
        new("networking.k8s.io", "v1", "ipaddresses", "IPAddress", false) { ShortNames = ["ip"] },
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true)
        {
            ShortNames = ["netpol"], Singular = "networkpolicy", CountsGenerations = true,
        },
        new("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", false) { Subresources = Status },

        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true)
        {
            ShortNames = ["pdb"], Subresources = Status, CountsGenerations = true,
        },

        new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false),
        new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
        new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true),
        new("rbac.authorization.k8s.io", "v1", "roles", "Role", true),

        new("storage.k8s.io", "v1", "csidrivers", "CSIDriver", false),
        new("storage.k8s.io", "v1", "csinodes", "CSINode", false),
        new("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", true) { Singular = "csistoragecapacity" },
        new("storage.k8s.io", "v1", "storageclasses", "StorageClass", false) { ShortNames = ["sc"] },
        new("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", false) { Subresources = Status },
        new("storage.k8s.io", "v1", "volumeattributesclasses", "VolumeAttributesClass", false) { ShortNames = ["vac"] },

        new("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false)
        {
            Categories = ["api-extensions"], CountsGenerations = true,
        },
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false)
        {
            Categories = ["api-extensions"], CountsGenerations = true,
        },

        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false)
        {
            ShortNames = ["crd", "crds"], Categories = ["api-extensions"], Subresources = Status, CountsGenerations = true,
        },

        new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false) { ShortNames = ["pc"] },

        new("coordination.k8s.io", "v1", "leases", "Lease", true),

        new("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", false),

        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true) { CountsGenerations = true },

        new("resource.k8s.io", "v1", "deviceclasses", "DeviceClass", false) { CountsGenerations = true },
        new("resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true) { Subresources = Status },
        new("resource.k8s.io", "v1", "resourceclaimtemplates", "ResourceClaimTemplate", true),
        new("resource.k8s.io", "v1", "resourceslices", "ResourceSlice", false) { CountsGenerations = true },

        new("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", false) { Subresources = Status, CountsGenerations = true },
        new("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", false)
        {
            Subresources = Status, CountsGenerations = true,
        },

        new("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", false) { Singular = "", Verbs = ["get", "list"], StoredAs = "" },
        new("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true) { Singular = "", Verbs = ["get", "list"], StoredAs = "" },
    ];

    private static readonly Dictionary<(string Group, string Version, string Plural), ResourceKind> ByPath =
        BuiltIn.ToDictionary(kind => (kind.Group, kind.Version, kind.Plural));

    public static ResourceKind? Find(string group, string version, string plural) => ByPath.GetValueOrDefault((group, version, plural));

    /// <summary>The first kind that keeps its objects under that name in the store.</summary>
    public static ResourceKind? Stored(string storeName) => BuiltIn.FirstOrDefault(kind => kind.StoreName == storeName);
}
