using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using static Crater.Kubernetes.Doctor.Permission;

namespace Crater.Kubernetes.Doctor;

/// <summary>
/// The one table of what Crater may need of a cluster, verb by verb. <c>craterctl doctor</c> asks for these, and deploy/rbac and docs/permissions.md
/// are made of them.
/// </summary>
public static class Permissions
{
    private const string Look = "get list watch";

    private static readonly Resource CronJobs = new("batch", "v1", "cronjobs", "CronJob", true);
    private static readonly Resource PodMetrics = new("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true);

    public static readonly PermissionSet Inventory = new("inventory", "see what runs and what depends on what; it changes nothing and reads no Secret", "",
    [
        Of(Resource.Namespaces, Look, "find the namespaces"),
        Of(Resource.Nodes, Look, "see zones and what runs where"),
        Of(Resource.Pods, Look, "see what runs"),
        Of(Resource.Services, Look, "find who is reached by which name"),
        Of(Resource.ConfigMaps, Look, "read addresses in environment variables that come from config maps"),
        Of(Resource.Deployments, Look, "see components"),
        Of(Resource.ReplicaSets, Look, "know which deployment a pod belongs to"),
        Of(Resource.StatefulSets, Look, "see components"),
        Of(Resource.DaemonSets, Look, "see components"),
        Of(Resource.Jobs, Look, "see components"),
        Of(CronJobs, Look, "see components"),
        Of(Resource.Ingresses, Look, "see what is reachable from outside"),
        Of(Resource.DisruptionBudgets, Look, "know what may be missing at a time"),
        Of(Resource.Autoscalers, Look, "know what scales by itself"),
        Of(Resource.Leases, Look, "see which targets runs hold"),
        Of(PodMetrics, "get list", "read CPU and memory of pods"),
    ]);

    public static readonly PermissionSet KubernetesDriver = new("kubernetes-driver", "break and restore objects of the API, without anything on the nodes", "",
    [
        Of(Resource.Leases, "create update patch delete", "claim targets, so that two runs do not hold one"),
        Of(Resource.Secrets, "get list create patch delete", "keep undo data where only its readers may see it, and tamper with secrets"),
        Of(Resource.Pods, "create patch delete", "kill, relabel, hold down and fill"),
        Of(Resource.Pods, "create", "drain nodes under their disruption budgets", "eviction"),
        Of(Resource.Pods, "get", "read metrics that pods offer themselves", "proxy"),
        Of(Resource.Deployments, "create patch delete", "scale, change, delete and restore them"),
        Of(Resource.ReplicaSets, "patch", "take off what the cluster copied there from a deployment's annotations"),
        Of(Resource.StatefulSets, "create patch delete", "scale, change, delete and restore them"),
        Of(Resource.DaemonSets, "create patch delete", "change, delete and restore them"),
        Of(Resource.Jobs, "create patch delete", "suspend, delete and restore them, and fill a namespace with some"),
        Of(Resource.Services, "patch", "break selectors"),
        Of(Resource.ConfigMaps, "patch", "tamper with configuration"),
        Of(Resource.Autoscalers, "patch", "freeze autoscalers"),
        Of(Resource.Nodes, "patch", "cordon, taint and relabel nodes"),
        Of(Resource.Namespaces, "patch", "relabel namespaces"),
    ]);

    public static readonly PermissionSet Agent = new("agent", "run an agent pod on a node for as long as a host fault takes, in its own namespace", "",
    [
        Of(Resource.Pods, "create get list watch patch delete", "start, await, share and remove agent pods"),
        Of(Resource.Pods, "get create", "speak with them", "portforward"),
        Of(Resource.Pods, "get", "say why one did not start", "log"),
        Of(Resource.Secrets, "get create delete", "give each agent pod a token of its own"),
        Of(Resource.Nodes, Look, "choose the node of a target, and see whether it is ready"),
        Of(Resource.Leases, "create get list patch delete", "write down which runs may have faults on which nodes, before an agent is asked for one"),
    ]);

    public static readonly PermissionSet Litmus = new("litmus", "hand faults to LitmusChaos and see how they end", "litmuschaos.io",
    [
        new("litmuschaos.io", "chaosengines", true, ["create", "get", "list", "watch", "patch", "delete"], "start and stop its experiments"),
        new("litmuschaos.io", "chaosresults", true, ["get", "list", "watch", "patch", "delete"], "read verdicts and whether targets were reverted, and tidy ours away"),
        new("litmuschaos.io", "chaosexperiments", true, ["get"], "find out whether a fault is installed"),
        Of(Resource.Pods, Look, "see that its helpers are gone"),
        Of(Resource.Jobs, "get list", "see that its jobs are gone"),
        new("", "serviceaccounts", true, ["get"], "find out whether the account of its experiments is there"),
    ]);

    public static readonly PermissionSet ChaosMesh = new("chaos-mesh", "hand faults to Chaos Mesh and see how they end", "chaos-mesh.org",
    [
        .. new[] { "podchaos", "networkchaos", "stresschaos", "iochaos", "timechaos", "dnschaos", "httpchaos" }.Select(kind =>
            new Permission("chaos-mesh.org", kind, true, ["create", "get", "list", "watch", "patch", "delete"], "start, pause and stop its faults")),
        .. new[] { "podnetworkchaos", "podiochaos", "podhttpchaos" }.Select(kind => new Permission("chaos-mesh.org", kind, true, ["get"], "see that no rule of a fault is left on a pod")),
        Of(Resource.Pods, Look, "see that targets are as they were"),
    ]);

    /// <summary>Beside <see cref="Inventory"/> and <see cref="KubernetesDriver"/>, whose work it does.</summary>
    public static readonly PermissionSet Operator = new("operator", "run experiments that are objects of the cluster, beside crater-inventory and crater-kubernetes-driver", CraterKinds.Group,
    [
        Of(CraterKinds.Experiments, "get list watch", "see what is to be run"),
        Of(CraterKinds.Experiments, "patch", "put its finalizer on before the run and take it off after it"),
        Of(CraterKinds.Experiments, "patch", "say how it stands", "status"),
        Of(CraterKinds.Experiments, "create delete", "play workflows and schedules, and trim their history"),
        Of(CraterKinds.Workflows, "get list watch", "see what is to be played"),
        Of(CraterKinds.Workflows, "patch", "say how each step stands", "status"),
        Of(CraterKinds.Workflows, "create delete", "play schedules, and trim their history"),
        Of(CraterKinds.Schedules, "get list watch", "see what is to be made when"),
        Of(CraterKinds.Schedules, "patch", "say which time was decided on last", "status"),
        Of(Resource.Leases, "get create update", "be the one leader, which it does in its own namespace"),
        Of(CraterKinds.Events, "create", "tell how it ended"),
    ]);

    public static readonly PermissionSet ChaosMeta = new("chaosmeta", "execute ChaosMeta's experiments, beside crater-operator", CraterKinds.ChaosMeta.Group,
    [
        Of(CraterKinds.ChaosMeta, "get list watch", "see what is to be run"),
        Of(CraterKinds.ChaosMeta, "patch", "take the finalizer of its own operator off when everything is off"),
        Of(CraterKinds.ChaosMeta, "patch", "say how it stands", "status"),
    ]);

    /// <summary>Beside <see cref="Operator"/>, where service accounts may read its metrics.</summary>
    public static readonly PermissionSet Metrics = new("metrics", "ask the cluster who may read the operator's metrics: crater-server operator --metrics-listen …", CraterKinds.Group,
    [
        new("authentication.k8s.io", "tokenreviews", false, ["create"], "find out whose token was shown"),
        new("authorization.k8s.io", "subjectaccessreviews", false, ["create"], "find out whether that account may read them"),
    ]);

    /// <summary>For Prometheus' own service account.</summary>
    public static readonly PermissionSet MetricsReader = new("metrics-reader", "read the operator's metrics, and nothing else; for the service account of Prometheus", CraterKinds.Group,
        [new("", MetricsReaders.Path, false, ["get"], "read the figures")]);

    public static readonly IReadOnlyList<PermissionSet> All = [Inventory, KubernetesDriver, Agent, Litmus, ChaosMesh, Operator, ChaosMeta];

    /// <summary>What doctor asks nobody for: the operator needs it where service accounts read its metrics, and they are not this user.</summary>
    public static readonly IReadOnlyList<PermissionSet> OfMetrics = [Metrics, MetricsReader];

    /// <summary>
    /// Everything that an operator needs in each namespace that it looks after, and in its own, when it was given namespaces: a Role, so nothing that lives in no namespace.
    /// Nodes and namespaces themselves cannot be hit then.
    /// </summary>
    public static readonly PermissionSet NamespacedOperator = new("operator-namespaced", "look after single namespaces: crater-server operator --namespaces …", CraterKinds.Group,
    [
        .. new[] { Inventory, KubernetesDriver, Operator }.SelectMany(set => set.Permissions).Where(one => one.IsNamespaced).GroupBy(one => (one.Group, one.Resource))
            .Select(same => same.First() with { Verbs = [.. same.SelectMany(one => one.Verbs).Distinct()], Why = string.Join("; ", same.Select(one => one.Why).Distinct()) }),
    ]);
}
