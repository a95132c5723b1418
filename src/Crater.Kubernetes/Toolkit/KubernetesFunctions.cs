using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Experiments.Functions;

namespace Crater.Kubernetes.Toolkit;

/// <summary>chaosk8s as data: each function with the parameters, defaults and order of the Python one. Taken from chaostoolkit-kubernetes, commit 5d786b9.</summary>
public static partial class KubernetesFunctions
{
    private const string Finding = "name=None, ns='default', label_selector=None";

    // Kind, module below chaosk8s, signature, what it does, what it gives.
    private static readonly (FunctionKind Kind, string Module, string Signature, string Summary, string Returns)[] Table =
    [
        (FunctionKind.Action, "actions", "start_microservice(spec_path, ns='default')", "Creates a deployment from a file.", "null"),
        (FunctionKind.Action, "actions", "kill_microservice(name, ns='default', label_selector='name in ({name})')", "Deletes the deployment and the replica set of that name and one pod whose name has it.", "null"),
        (FunctionKind.Action, "actions", "scale_microservice(name, replicas, ns='default')", "Sets a deployment's replicas.", "null"),
        (FunctionKind.Action, "actions", "remove_service_endpoint(name, ns='default')", "Deletes a service.", "null"),
        (FunctionKind.Probe, "probes", "all_microservices_healthy(ns='default')", "Whether every pod runs or is done.", "bool; an unhealthy one is a failure"),
        (FunctionKind.Probe, "probes", "microservice_available_and_healthy(name, ns='default', label_selector=None)", "Whether a deployment has all its replicas available.", "null; anything else is a failure"),
        (FunctionKind.Probe, "probes", "microservice_is_not_available(name, ns='default', label_selector='name in ({name})')", "Whether no such pod runs.", "bool; one that runs is a failure"),
        (FunctionKind.Probe, "probes", "service_endpoint_is_initialized(name, ns='default', label_selector='name in ({name})')", "Whether there is such a service.", "bool; none is a failure"),
        (FunctionKind.Probe, "probes", "deployment_is_not_fully_available(name, ns='default', label_selector=None, timeout=30)", "Waits until a deployment lacks ready replicas.", "bool; not in time is a failure"),
        (FunctionKind.Probe, "probes", "deployment_is_fully_available(name, ns='default', label_selector=None, timeout=30)", "Waits until a deployment has all its replicas ready.", "bool; not in time is a failure"),
        (FunctionKind.Probe, "probes", "read_microservices_logs(name=None, last=None, ns='default', from_previous=False, label_selector='name in ({name})', container_name=None)", "The logs of the pods.", "dict of str, by pod"),
        (FunctionKind.Probe, "probes", $"secret_exists({Finding})", "Whether there is such a secret.", "bool"),
        (FunctionKind.Action, "crd.actions", "create_custom_object(group, version, plural, ns='default', resource=None, resource_as_yaml_file=None)", "Creates a custom object.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "delete_custom_object(group, version, plural, name, ns='default')", "Deletes a custom object.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "create_cluster_custom_object(group, version, plural, resource=None, resource_as_yaml_file=None)", "Creates a custom object of the cluster.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "delete_cluster_custom_object(group, version, plural, name)", "Deletes a custom object of the cluster.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "patch_custom_object(group, version, plural, name, ns='default', force=False, resource=None, resource_as_yaml_file=None)", "Changes a custom object by a JSON patch.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "replace_custom_object(group, version, plural, name, ns='default', force=False, resource=None, resource_as_yaml_file=None)", "Replaces a custom object.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "patch_cluster_custom_object(group, version, plural, name, force=False, resource=None, resource_as_yaml_file=None)", "Changes a custom object of the cluster by a JSON patch.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "replace_cluster_custom_object(group, version, plural, name, force=False, resource=None, resource_as_yaml_file=None)", "Replaces a custom object of the cluster.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "apply_from_json(resource=None)", "Creates a custom object from JSON text.", "dict, as the server gives it"),
        (FunctionKind.Action, "crd.actions", "apply_from_yaml(resource=None)", "Creates a custom object from YAML text.", "dict, as the server gives it"),
        (FunctionKind.Probe, "crd.probes", "get_custom_object(group, version, plural, name, ns='default')", "A custom object.", "dict, as the server gives it"),
        (FunctionKind.Probe, "crd.probes", "get_cluster_custom_object(group, version, plural, name)", "A custom object of the cluster.", "dict, as the server gives it"),
        (FunctionKind.Probe, "crd.probes", "list_custom_objects(group, version, plural, ns='default')", "The custom objects of a namespace.", "dict, the list as the server gives it"),
        (FunctionKind.Probe, "crd.probes", "list_cluster_custom_objects(group, version, plural)", "The custom objects of the cluster.", "dict, the list as the server gives it"),
        (FunctionKind.Action, "daemonset.actions", "create_daemon_set(spec_path, ns='default')", "Creates a daemon set from a file.", "null"),
        (FunctionKind.Action, "daemonset.actions", $"delete_daemon_set({Finding})", "Deletes daemon sets; with neither name nor labels all of the namespace.", "null"),
        (FunctionKind.Action, "daemonset.actions", "update_daemon_set(name, spec, ns='default')", "Patches a daemon set.", "null"),
        (FunctionKind.Probe, "daemonset.probes", "daemon_set_available_and_healthy(name, ns='default', label_selector=None)", "Whether it has a ready pod wherever it wants one.", "bool"),
        (FunctionKind.Probe, "daemonset.probes", "daemon_set_not_fully_available(name, ns='default', label_selector=None, timeout=30)", "Waits until it lacks ready pods.", "bool"),
        (FunctionKind.Probe, "daemonset.probes", "daemon_set_fully_available(name, ns='default', label_selector=None, timeout=30)", "Waits until it has all its pods ready.", "bool"),
        (FunctionKind.Probe, "daemonset.probes", "daemon_set_partially_available(name, ns='default', label_selector=None)", "Whether it has a ready pod.", "bool"),
        (FunctionKind.Action, "deployment.actions", "create_deployment(spec_path, ns='default')", "Creates a deployment from a file.", "null"),
        (FunctionKind.Action, "deployment.actions", $"delete_deployment({Finding})", "Deletes deployments; with neither name nor labels all of the namespace.", "null"),
        (FunctionKind.Action, "deployment.actions", "scale_deployment(name, replicas, ns='default')", "Sets a deployment's replicas.", "null"),
        (FunctionKind.Action, "deployment.actions", "rollout_deployment(name=None, ns='default')", "Restarts a deployment's pods by a rollout.", "null"),
        (FunctionKind.Probe, "deployment.probes", "deployment_available_and_healthy(name, ns='default', label_selector=None, raise_on_unavailable=True)", "Whether it has all its replicas available.", "bool"),
        (FunctionKind.Probe, "deployment.probes", "deployment_not_fully_available(name, ns='default', label_selector=None, timeout=30, raise_on_fully_available=True)", "Waits until it lacks ready replicas.", "bool"),
        (FunctionKind.Probe, "deployment.probes", "deployment_fully_available(name, ns='default', label_selector=None, timeout=30, raise_on_not_fully_available=True)", "Waits until it has all its replicas ready.", "bool"),
        (FunctionKind.Probe, "deployment.probes", "deployment_partially_available(name, ns='default', label_selector=None, raise_on_not_partially_available=True)", "Whether it has an available replica.", "bool"),
        (FunctionKind.Probe, "event.probes", "get_events(label_selector=None, field_selector=None, limit=100)", "The events of all namespaces.", "dict, the list as the server gives it"),
        (FunctionKind.Action, "namespace.actions", "create_namespace(name=None, spec_path=None)", "Creates a namespace.", "null"),
        (FunctionKind.Action, "namespace.actions", "delete_namespace(name)", "Deletes a namespace with all that is in it.", "null"),
        (FunctionKind.Probe, "namespace.probes", "namespace_exists(name)", "Whether there is such a namespace.", "bool"),
        (FunctionKind.Action, "networking.actions", "create_ingress(spec_path, ns='default')", "Creates an ingress from a file.", "null"),
        (FunctionKind.Action, "networking.actions", "delete_ingress(name, ns='default')", "Deletes an ingress.", "null"),
        (FunctionKind.Action, "networking.actions", "update_ingress(name, spec, ns='default')", "Patches an ingress.", "null"),
        (FunctionKind.Action, "networking.actions", "create_network_policy(spec=None, spec_path=None, ns='default')", "Creates a network policy.", "null"),
        (FunctionKind.Action, "networking.actions", "remove_network_policy(name, ns='default')", "Deletes a network policy.", "null"),
        (FunctionKind.Action, "networking.actions", "deny_all_ingress(label_selectors=None, ns='default')", "Denies pods all that comes in.", "null"),
        (FunctionKind.Action, "networking.actions", "remove_deny_all_ingress(ns='default')", "Undoes deny_all_ingress.", "null"),
        (FunctionKind.Action, "networking.actions", "deny_all_egress(label_selectors=None, ns='default')", "Denies pods all that goes out.", "null"),
        (FunctionKind.Action, "networking.actions", "remove_deny_all_egress(ns='default')", "Undoes deny_all_egress.", "null"),
        (FunctionKind.Action, "networking.actions", "allow_dns_access(label_selectors=None, ns='default')", "Lets pods ask name servers.", "null"),
        (FunctionKind.Action, "networking.actions", "remove_allow_dns_access(ns='default')", "Undoes allow_dns_access.", "null"),
        (FunctionKind.Probe, "networking.probes", "ingress_exists(name, ns='default')", "Whether there is such an ingress.", "bool"),
        (FunctionKind.Action, "node.actions", "create_node(meta=None, spec=None)", "Creates a node object.", "dict, as the server gives it"),
        (FunctionKind.Action, "node.actions", "delete_nodes(label_selector=None, all=False, rand=False, count=None, grace_period_seconds=None, pod_label_selector=None, pod_namespace=None)", "Deletes node objects.", "list of str, their names"),
        (FunctionKind.Action, "node.actions", "cordon_node(name=None, label_selector=None)", "Keeps new pods away from nodes.", "list of str, their names"),
        (FunctionKind.Action, "node.actions", "drain_nodes(name=None, label_selector=None, delete_pods_with_local_storage=False, timeout=120, count=None, pod_label_selector=None, pod_namespace=None)", "Cordons nodes and evicts their pods.", "list of str, their names"),
        (FunctionKind.Action, "node.actions", "uncordon_node(name=None, label_selector=None)", "Lets new pods come to nodes again.", "list of str, their names"),
        (FunctionKind.Probe, "node.probes", "get_nodes(label_selector=None)", "The nodes.", "dict, the list as the server gives it"),
        (FunctionKind.Probe, "node.probes", "all_nodes_must_be_ready_to_schedule(label_selector=None)", "Whether all nodes are ready.", "bool"),
        (FunctionKind.Probe, "node.probes", "get_all_node_status_conditions(label_selector=None)", "The conditions of all nodes.", "list of dict, the name and each condition's status"),
        (FunctionKind.Probe, "node.probes", "verify_nodes_condition(condition_type='PIDPressure', condition_value='False', label_selector=None)", "Whether a condition of all nodes is so.", "bool"),
        (FunctionKind.Probe, "node.probes", "nodes_must_be_healthy(label_selector=None)", "Whether no node has a condition that speaks of trouble.", "bool"),
        (FunctionKind.Action, "pod.actions", "terminate_pods(label_selector=None, name_pattern=None, all=False, rand=False, mode='fixed', qty=1, grace_period=-1, ns='default', order='alphabetic')", "Deletes pods.", "list of str, their names"),
        (FunctionKind.Action, "pod.actions", "exec_in_pods(cmd, label_selector=None, name_pattern=None, all=False, rand=False, mode='fixed', qty=1, ns='default', order='alphabetic', container_name=None, request_timeout=60)", "Runs a program in a container of pods, without a shell.", "list of dict with pod_name, exit_code, cmd, stdout and stderr"),
        (FunctionKind.Probe, "pod.probes", "pods_in_phase(label_selector, phase='Running', ns='default', raise_on_invalid_phase=True)", "Whether all such pods are in a phase.", "bool"),
        (FunctionKind.Probe, "pod.probes", "pods_in_conditions(label_selector, conditions, ns='default', raise_on_invalid_conditions=True)", "Whether all such pods have these conditions.", "bool"),
        (FunctionKind.Probe, "pod.probes", "pods_not_in_phase(label_selector, phase='Running', ns='default', raise_on_in_phase=True)", "Whether no such pod is in a phase.", "bool"),
        (FunctionKind.Probe, "pod.probes", "read_pod_logs(name=None, last=None, ns='default', from_previous=False, label_selector='name in ({name})', container_name=None)", "The logs of the pods.", "dict of str, by pod"),
        (FunctionKind.Probe, "pod.probes", "count_pods(label_selector, phase=None, ns='default')", "How many such pods there are.", "int"),
        (FunctionKind.Probe, "pod.probes", "pod_is_not_available(name, ns='default', label_selector='name in ({name})', raise_on_is_available=True)", "Whether no such pod runs.", "bool"),
        (FunctionKind.Probe, "pod.probes", "count_min_pods(label_selector, phase='Running', min_count=2, ns='default')", "Whether there are that many such pods.", "bool"),
        (FunctionKind.Probe, "pod.probes", "should_be_found_in_logs(pattern, all_containers=True, value=None)", "Whether a pattern is in logs that read_pod_logs gave.", "bool"),
        (FunctionKind.Action, "replicaset.actions", $"delete_replica_set({Finding})", "Deletes replica sets; with neither name nor labels all of the namespace.", "null"),
        (FunctionKind.Action, "secret.actions", "create_secret(spec_path, ns='default')", "Creates a secret from a file.", "null"),
        (FunctionKind.Action, "secret.actions", "delete_secret(name, ns='default')", "Deletes a secret.", "null"),
        (FunctionKind.Probe, "secret.probes", $"secret_exists({Finding})", "Whether there is such a secret.", "bool"),
        (FunctionKind.Action, "service.actions", "create_service_endpoint(spec_path, ns='default')", "Creates a service from a file.", "null"),
        (FunctionKind.Action, "service.actions", "delete_service(name, ns='default')", "Deletes a service.", "null"),
        (FunctionKind.Probe, "service.probes", $"service_is_initialized({Finding}, raise_if_service_not_initialized=True)", "Whether there is such a service.", "bool"),
        (FunctionKind.Action, "statefulset.actions", "create_statefulset(spec_path, ns='default')", "Creates a stateful set from a file.", "null"),
        (FunctionKind.Action, "statefulset.actions", "scale_statefulset(name, replicas, ns='default')", "Sets a stateful set's replicas.", "null"),
        (FunctionKind.Action, "statefulset.actions", $"remove_statefulset({Finding})", "Deletes stateful sets; with neither name nor labels all of the namespace.", "null"),
        (FunctionKind.Probe, "statefulset.probes", "statefulset_fully_available(name, ns='default', label_selector=None, timeout=30, raise_on_not_fully_available=True)", "Waits until it has all its replicas ready.", "bool"),
        (FunctionKind.Probe, "statefulset.probes", "statefulset_not_fully_available(name, ns='default', label_selector=None, timeout=30, raise_on_fully_available=True)", "Waits until it lacks ready replicas.", "bool"),
    ];

    /// <summary>In the order of the table.</summary>
    public static IReadOnlyList<PythonFunction> All { get; } = [.. Table.Select(row => Function(row.Kind, $"chaosk8s.{row.Module}", row.Signature, row.Summary, row.Returns))];

    private static PythonFunction Function(FunctionKind kind, string module, string signature, string summary, string returns)
    {
        var parts = Form().Match(signature);
        return new PythonFunction(module, parts.Groups[1].Value, kind, summary)
        {
            Returns = returns,
            Parameters = [.. parts.Groups[2].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(Parameter)],
            TakesSecrets = true,
            Needs = "a cluster: the kubeconfig of KUBECONFIG or ~/.kube/config, with the context that the secret or the variable KUBERNETES_CONTEXT names, else its current one",
        };
    }

    private static FunctionParameter Parameter(string text)
    {
        var parts = text.Split('=', 2);
        var (type, summary) = ParameterWords.Of(parts[0]);
        return parts.Length == 1 ? new FunctionParameter(parts[0], type, summary) : FunctionParameter.Optional(parts[0], type, Literal(parts[1]), summary);
    }

    private static JsonNode? Literal(string text) => text switch
    {
        "None" => null,
        "True" => true,
        "False" => false,
        ['\'', .. var inner, '\''] => inner,
        _ => int.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^(\w+)\((.*)\)$")]
    private static partial Regex Form();
}
