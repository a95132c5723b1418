using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Fills in what the writer left out, as the real API server does, so that objects read back the same.</summary>
internal static class Defaults
{
    /// <summary>How long a client keeps to the same pod where the service says that it does: three hours.</summary>
    private const int StickySeconds = 10800;

    /// <param name="previous">The object before an update; null when it is created.</param>
    public static void Apply(ResourceKind kind, JsonObject read, JsonObject? previous)
    {
        if (kind.Definition is not null)
        {
            StructuralSchema.Default(read, StructuralSchema.Of(kind));
            return;
        }

        var spec = read.Map("spec");
        switch (kind.Kind)
        {
            case "Pod" when spec is not null:
                PodDefaults.ApplyPod(spec);
                break;
            case "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet" or "Job" or "ReplicationController" when spec is not null:
                WorkloadDefaults.Apply(kind.Kind, read, spec, previous);
                break;
            case "CronJob" when spec is not null:
                Set(spec, "concurrencyPolicy", "Allow");
                Set(spec, "suspend", false);
                Set(spec, "successfulJobsHistoryLimit", 3);
                Set(spec, "failedJobsHistoryLimit", 1);
                PodDefaults.ApplyTemplate(spec.Map("jobTemplate", "spec"));
                break;
            case "Service" when spec is not null && kind.Group.Length == 0:
                Service(spec, previous);
                ServiceTypes.Balance(read);
                break;
            case "Namespace":
                Namespace(read, previous);
                break;
            case "Secret":
                Secret(read);
                break;
            case "HorizontalPodAutoscaler" when spec is not null:
                Autoscaler(spec);
                AutoscalerRules.Default(spec);
                break;
            case "Ingress":
                foreach (var port in IngressRules.Ports(read).Where(port => port.Text("name").Length > 0 && port.Number("number") is 0))
                {
                    port.Remove("number");
                }

                break;
            case "PriorityClass":
                Set(read, "preemptionPolicy", "PreemptLowerPriority");
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                Binding(read);
                break;
            default:
                OfCluster(kind, read, spec, previous);
                break;
        }
    }

    // What belongs to the cluster more than to an application.
    private static void OfCluster(ResourceKind kind, JsonObject read, JsonObject? spec, JsonObject? previous)
    {
        switch (kind.Kind)
        {
            case "Node":
                read.Make("spec");
                break;
            case "PersistentVolumeClaim" when spec is not null:
                Set(spec, "volumeMode", "Filesystem");
                Protect(read, previous, Controllers.VolumeController.ClaimProtection);
                Status(read, previous, new JsonObject { ["phase"] = "Pending" });
                break;
            case "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration":
                Webhooks.ConfigurationRules.Default(read, kind.Kind[0] == 'M');
                break;
            case "PersistentVolume" when spec is not null:
                Set(spec, "volumeMode", "Filesystem");
                Set(spec, "persistentVolumeReclaimPolicy", "Retain");
                Protect(read, previous, Controllers.VolumeController.VolumeProtection);
                Status(read, previous, new JsonObject { ["phase"] = "Pending" });
                break;
            case "LimitRange":
                LimitRules.Default(spec);
                break;
            case "CustomResourceDefinition":
                DefinitionRules.Default(read);
                break;
            case "Event":
                Set(read, "type", "Normal");
                break;
            case "Endpoints":
                Protocols(read.Each("subsets").SelectMany(subset => subset.Each("ports")));
                break;
            case "EndpointSlice":
                Protocols(read.Each("ports"));
                foreach (var port in read.Each("ports"))
                {
                    Set(port, "name", "");
                }

                break;
            case "APIService" when read.Map("spec", "service") is { } backend:
                Set(backend, "port", 443);
                break;
            default:
                break;
        }
    }

    /// <summary>What a new object gets beyond its defaults, which nobody owns: a pod's account and tolerations, a job's selector.</summary>
    public static void Admit(ResourceKind kind, JsonObject read)
    {
        switch (kind.Kind)
        {
            case "Pod" when read.Map("spec") is { } spec:
                PodDefaults.Admit(read, spec);
                break;
            case "Job" when read.Map("spec") is { } spec:
                WorkloadDefaults.AdmitJob(read, spec);
                break;
            default:
                break;
        }
    }

    /// <summary>Puts a value where there is none.</summary>
    public static void Set(JsonObject map, string key, JsonNode value)
    {
        if (map[key] is null)
        {
            map[key] = value;
        }
    }

    private static void Service(JsonObject spec, JsonObject? previous)
    {
        Set(spec, "type", "ClusterIP");
        Set(spec, "sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "ClientIP" && spec.At("sessionAffinityConfig", "clientIP", "timeoutSeconds") is null)
        {
            spec["sessionAffinityConfig"] = new JsonObject { ["clientIP"] = new JsonObject { ["timeoutSeconds"] = StickySeconds } };
        }
        else if (spec.Text("sessionAffinity") == "None")
        {
            spec.Remove("sessionAffinityConfig");
        }

        ServiceTypes.Leave(spec, previous.Map("spec"));
        if (spec.Text("type") == "ExternalName")
        {
            return;
        }

        Set(spec, "internalTrafficPolicy", "Cluster");
        Set(spec, "ipFamilies", new JsonArray("IPv4"));
        Set(spec, "ipFamilyPolicy", "SingleStack");
        if (spec.Text("type") is "NodePort" or "LoadBalancer")
        {
            Set(spec, "externalTrafficPolicy", "Cluster");
        }

        if (spec.Text("type") == "LoadBalancer")
        {
            Set(spec, "allocateLoadBalancerNodePorts", true);
        }

        if (previous?.At("spec", "clusterIP") is { } address && spec.Text("clusterIP").Length == 0)
        {
            spec["clusterIP"] = address.DeepClone();
        }

        foreach (var port in spec.Each("ports"))
        {
            Set(port, "protocol", "TCP");
            if (port.Number("port") is { } number && port.Text("targetPort") is "" or "0")
            {
                port["targetPort"] = number;
            }
        }
    }

    private static void Protocols(IEnumerable<JsonObject> ports)
    {
        foreach (var port in ports)
        {
            Set(port, "protocol", "TCP");
        }
    }

    private static void Namespace(JsonObject read, JsonObject? previous)
    {
        read.Make("metadata", "labels")["kubernetes.io/metadata.name"] = read.Name();
        if (previous is null)
        {
            read.Make("spec")["finalizers"] = new JsonArray("kubernetes");
        }

        Status(read, previous, new JsonObject { ["phase"] = "Active" });
    }

    private static void Secret(JsonObject read)
    {
        Set(read, "type", "Opaque");
        if (read.Remove("stringData", out var plain) && plain is JsonObject texts)
        {
            foreach (var (key, value) in texts)
            {
                read.Make("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Text()));
            }
        }
    }

    private static void Autoscaler(JsonObject spec)
    {
        Set(spec, "minReplicas", 1);
        Set(spec, "metrics", new JsonArray(new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject
            {
                ["name"] = "cpu",
                ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 },
            },
        }));
    }

    private static void Binding(JsonObject read)
    {
        Set(read.Make("roleRef"), "apiGroup", "rbac.authorization.k8s.io");
        foreach (var subject in read.Each("subjects").Where(subject => subject.Text("kind") is "User" or "Group"))
        {
            Set(subject, "apiGroup", "rbac.authorization.k8s.io");
        }
    }

    /// <summary>Holds a new object until its controller says that nobody uses it.</summary>
    private static void Protect(JsonObject read, JsonObject? previous, string finalizer)
    {
        if (previous is null && !read.Texts("metadata", "finalizers").Contains(finalizer))
        {
            var metadata = read.Make("metadata");
            metadata["finalizers"] = new JsonArray([.. read.Texts("metadata", "finalizers").Append(finalizer).Select(one => (JsonNode)one)]);
        }
    }

    private static void Status(JsonObject read, JsonObject? previous, JsonObject status)
    {
        if (previous is null)
        {
            read["status"] = status;
        }
    }
}
