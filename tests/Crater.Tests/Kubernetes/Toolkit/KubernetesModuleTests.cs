using System.Text.Json.Nodes;
using Crater.Experiments;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Toolkit;
using Crater.Runs.Activities;
using Xunit;

namespace Crater.Tests.Kubernetes.Toolkit;

/// <summary>The functions of chaosk8s against the lab's API: what they do, give and say.</summary>
public sealed class KubernetesModuleTests : IAsyncLifetime
{
    private LabApi _lab = null!;
    private KubernetesModule _module = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _module = new KubernetesModule(name => name == "KUBECONFIG" ? _lab.Kubeconfig : null, TimeProvider.System);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.NodeAsync("node2", "zone-b");
        await _lab.DeployAsync("carts", replicas: 3);
        await _lab.DeployAsync("orders", replicas: 1, node: "node2");
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["status"] = LabApi.Parse("""{"replicas":3,"readyReplicas":3,"availableReplicas":3}"""));
        foreach (var node in (string[])["node1", "node2"])
        {
            _lab.Store.Modify("nodes", "", node, found => found["status"] = LabApi.Parse("""{"conditions":[{"type":"Ready","status":"True"},{"type":"PIDPressure","status":"False"}]}"""));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _module.Dispose();
        await _lab.DisposeAsync();
    }

    [Theory]
    [InlineData("pod.probes.count_pods", """{"label_selector":"app=carts"}""", "3")]
    [InlineData("pod.probes.count_pods", """{"label_selector":"app=carts","phase":"Pending"}""", "0")]
    [InlineData("pod.probes.count_min_pods", """{"label_selector":"app=carts","min_count":4}""", "false")]
    [InlineData("pod.probes.pods_in_phase", """{"label_selector":"app=carts"}""", "true")]
    [InlineData("pod.probes.pods_in_phase", """{"label_selector":"app=none","raise_on_invalid_phase":false}""", "false")]
    [InlineData("pod.probes.pods_not_in_phase", """{"label_selector":"app=carts","phase":"Failed"}""", "true")]
    [InlineData("pod.probes.pods_in_conditions", """{"label_selector":"app=carts","conditions":[{"type":"Ready","status":"True"}]}""", "true")]
    [InlineData("pod.probes.pod_is_not_available", """{"name":"carts","label_selector":"app={name}","raise_on_is_available":false}""", "false")]
    [InlineData("deployment.probes.deployment_available_and_healthy", """{"name":"carts"}""", "true")]
    [InlineData("deployment.probes.deployment_available_and_healthy", """{"name":"orders","raise_on_unavailable":false}""", "false")]
    [InlineData("deployment.probes.deployment_partially_available", """{"name":"carts"}""", "true")]
    [InlineData("deployment.probes.deployment_fully_available", """{"name":"carts","timeout":1}""", "true")]
    [InlineData("deployment.probes.deployment_not_fully_available", """{"name":"orders","timeout":1}""", "true")]
    [InlineData("node.probes.get_all_node_status_conditions", """{"label_selector":"topology.kubernetes.io/zone=zone-a"}""", """[{"name":"node1","Ready":"True","PIDPressure":"False"}]""")]
    [InlineData("node.probes.all_nodes_must_be_ready_to_schedule", "{}", "true")]
    [InlineData("node.probes.verify_nodes_condition", """{"condition_value":"True"}""", "false")]
    [InlineData("node.probes.nodes_must_be_healthy", "{}", "true")]
    [InlineData("namespace.probes.namespace_exists", """{"name":"nowhere"}""", "false")]
    [InlineData("secret.probes.secret_exists", """{"name":"none"}""", "false")]
    [InlineData("service.probes.service_is_initialized", """{"name":"none","raise_if_service_not_initialized":false}""", "false")]
    [InlineData("networking.probes.ingress_exists", """{"name":"none"}""", "false")]
    [InlineData("probes.all_microservices_healthy", "{}", "true")]
    [InlineData("pod.probes.should_be_found_in_logs", """{"pattern":"b+","value":{"a":"abba","b":"none"},"all_containers":false}""", "true")]
    [InlineData("pod.probes.should_be_found_in_logs", """{"pattern":"b+","value":{"a":"abba","b":"none"}}""", "false")]
    [InlineData("node.actions.cordon_node", """{"name":"node1"}""", """["node1"]""")]
    [InlineData("node.actions.uncordon_node", """{"label_selector":"topology.kubernetes.io/zone=zone-b"}""", """["node2"]""")]
    [InlineData("deployment.actions.scale_deployment", """{"name":"carts","replicas":0}""", "null")]
    public async Task A_function_gives_what_its_model_gives(string function, string arguments, string gives) =>
        Assert.Equal(gives, (await CallAsync(function, arguments))?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("""{"label_selector":"app=carts"}""", 1)]
    [InlineData("""{"label_selector":"app=carts","all":true}""", 3)]
    [InlineData("""{"label_selector":"app=carts","mode":"percentage","qty":50}""", 2)]
    [InlineData("""{"label_selector":"app=carts","qty":9,"rand":true}""", 3)]
    [InlineData("""{"name_pattern":"^orders-"}""", 1)]
    [InlineData("""{"name_pattern":"-[12]$","qty":5,"order":"oldest"}""", 3)]
    [InlineData("""{"label_selector":"app=none"}""", 0)]
    public async Task Pods_are_chosen_as_the_arguments_say(string arguments, int terminated)
    {
        var names = (await CallAsync("pod.actions.terminate_pods", arguments))!.AsArray().Select(name => name!.ToString()).ToList();
        Assert.Equal(terminated, names.Distinct().Count());
        Assert.All(names, name => Assert.True(_lab.Store.Get("pods", "shop", name) is not { } pod || pod.IsTerminating()));
    }

    [Theory]
    [InlineData("pod.actions.terminate_pods", """{"qty":-1}""", "Cannot select pods. Quantity '-1' is negative.")]
    [InlineData("pod.actions.terminate_pods", """{"mode":"some"}""", "Cannot select pods. Mode 'some' is invalid.")]
    [InlineData("pod.actions.terminate_pods", """{"order":"newest"}""", "Cannot select pods. Order 'newest' is invalid.")]
    [InlineData("pod.probes.pods_in_phase", """{"label_selector":"app=carts","phase":"Failed"}""", "pod 'app=carts' is in phase 'Running' but should be 'Failed'")]
    [InlineData("pod.probes.pods_in_phase", """{"label_selector":"app=none"}""", "no pods 'app=none' were found")]
    [InlineData("pod.probes.pods_in_conditions", """{"label_selector":"app=orders","conditions":[{"type":"Ready","status":"False"}]}""",
        "pod orders-1-1 does not match the following given condition: {'type': 'Ready', 'status': 'False'}")]
    [InlineData("probes.microservice_is_not_available", """{"name":"carts","label_selector":"app={name}"}""", "pod 'carts' is actually running")]
    [InlineData("probes.microservice_available_and_healthy", """{"name":"orders"}""", "Deployment 'orders' is not healthy")]
    [InlineData("deployment.probes.deployment_available_and_healthy", """{"name":"none"}""", "Deployment 'none' was not found")]
    [InlineData("deployment.probes.deployment_fully_available", """{"name":"orders","timeout":0.2}""", "deployment 'orders' failed to recover within 0.2s")]
    [InlineData("statefulset.probes.statefulset_fully_available", """{"name":"none","timeout":0.2}""", "microservice 'none' failed to recover within 0.2s")]
    [InlineData("service.probes.service_is_initialized", """{"name":"none"}""", "service 'none' is not initialized")]
    [InlineData("node.actions.cordon_node", """{"name":"none"}""", "failed to find a node that matches selector")]
    [InlineData("node.actions.delete_nodes", """{"all":true}""", "TypeError: cannot unpack non-iterable NoneType object")]
    [InlineData("namespace.actions.create_namespace", "{}", "You need to either specify name or spec_path")]
    [InlineData("deployment.actions.create_deployment", """{"spec_path":"deployment.txt"}""", "cannot process deployment.txt")]
    [InlineData("crd.actions.create_custom_object", """{"group":"a","version":"v1","plural":"b"}""", "Either `body_as_object` or `body_as_yaml_file` must be set")]
    [InlineData("crd.actions.apply_from_yaml", """{"resource":"kind: Some"}""", "missing apiVersion in resource")]
    [InlineData("pod.probes.should_be_found_in_logs", """{"pattern":"a"}""", "no logs to search from")]
    public async Task A_function_fails_with_the_words_of_its_model(string function, string arguments, string text)
    {
        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => CallAsync(function, arguments));
        Assert.StartsWith(text, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_cluster_refuses_is_raised_as_its_models_client_raises_it()
    {
        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => CallAsync("service.actions.delete_service", """{"name":"none"}"""));
        Assert.Equal("CRT8091", failed.Code);
        Assert.StartsWith("kubernetes.client.exceptions.ApiException: (404)\nReason: NotFound", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_cluster_the_failure_says_which_file_was_meant()
    {
        using var nowhere = new KubernetesModule(name => name == "KUBECONFIG" ? "/nowhere/config" : null, TimeProvider.System);
        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => CallAsync(nowhere, "pod.probes.count_pods", """{"label_selector":"a=b"}"""));
        Assert.Equal("CRT8092", failed.Code);
        Assert.Contains("/nowhere/config", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_context_that_a_document_names_in_its_secrets_is_the_one_that_is_asked()
    {
        var secrets = new Secrets(new Dictionary<string, JsonObject> { ["k8s"] = new() { ["KUBERNETES_CONTEXT"] = "elsewhere" } });
        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => CallAsync(_module, "pod.probes.count_pods", """{"label_selector":"a=b"}""", secrets));
        Assert.Contains("elsewhere", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_cordoned_and_its_pods_are_evicted()
    {
        var draining = CallAsync("node.actions.drain_nodes", """{"name":"node2","timeout":60}""");
        while (!_lab.Store.Get("pods", "shop", "orders-1-1").IsTerminating())
        {
            await Task.Yield();
        }

        Assert.True(_lab.Store.Get("nodes", "", "node2").Flag("spec", "unschedulable"));
        _lab.Store.Remove("pods", "shop", "orders-1-1");
        Assert.Equal("""["node2"]""", (await draining)!.ToJsonString());
    }

    [Fact]
    public async Task A_node_with_a_pod_that_nobody_manages_is_not_drained()
    {
        await _lab.PodAsync("lonely", "lonely", node: "node2");
        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => CallAsync("node.actions.drain_nodes", """{"name":"node2"}"""));
        Assert.StartsWith("Pod 'lonely' on node 'node2' is unmanaged, cannot drain this node.", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_policies_are_made_and_removed_by_the_models_names()
    {
        await CallAsync("networking.actions.deny_all_ingress", """{"label_selectors":{"app":"carts"}}""");
        var policy = _lab.Store.Get("networkpolicies.networking.k8s.io", "shop", "chaostoolkit-deny-all-ingress");
        Assert.Equal(("carts", "Ingress"), (policy.Text("spec", "podSelector", "matchLabels", "app"), policy.Texts("spec", "policyTypes")[0]));
        await CallAsync("networking.actions.remove_deny_all_ingress", "{}");
        Assert.Null(_lab.Store.Get("networkpolicies.networking.k8s.io", "shop", "chaostoolkit-deny-all-ingress"));
    }

    [Theory]
    [InlineData("ls -l", "ls|-l")]
    [InlineData("sh -c 'echo a  b' \"c\\\"d\" e\\ f", "sh|-c|echo a  b|c\"d|e f")]
    public void A_command_is_split_as_a_shell_would(string text, string words) => Assert.Equal(words.Split('|'), PodExec.Split(text));

    [Fact]
    public async Task A_command_runs_in_no_pod_that_lacks_the_container() =>
        Assert.Equal("[]", (await CallAsync("pod.actions.exec_in_pods", """{"cmd":"true","label_selector":"app=carts","container_name":"none"}"""))!.ToJsonString());

    [Fact]
    public async Task The_current_context_is_followed_where_no_other_is_named()
    {
        var both = Path.GetTempFileName();
        var config = await File.ReadAllTextAsync(_lab.Kubeconfig, Stop);
        var name = _lab.Connection.ContextName;
        await File.WriteAllTextAsync(both, $$"""
            apiVersion: v1
            kind: Config
            current-context: {{name}}
            contexts:
            - name: elsewhere
              context:
                cluster: elsewhere
                user: nobody
            """, Stop);
        await File.WriteAllTextAsync($"{both}.lab", config, Stop);
        using var module = new KubernetesModule(key => key == "KUBECONFIG" ? $"{both}{Path.PathSeparator}{both}.lab" : null, TimeProvider.System);
        Assert.Equal("3", (await CallAsync(module, "pod.probes.count_pods", """{"label_selector":"app=carts"}"""))!.ToJsonString());
        File.Delete(both);
        File.Delete($"{both}.lab");
    }

    [Fact]
    public async Task Other_functions_are_still_the_interpreters()
    {
        await using var python = new NativePython(_module, new NoPython(), TimeProvider.System);
        Assert.Equal("asked", (await python.CallAsync(new PythonProvider("mine", "function", []), [], new ActivityContext(), Stop))!.ToString());
        Assert.True(python.Describe("chaosk8s.pod.actions", "terminate_pods").Parameters.Count > 9);
        Assert.Equal("asked", (await python.CallAsync(new PythonProvider("chaosk8s.chaosmesh.stress.actions", "stress_cpu", []), [], new ActivityContext(), Stop))!.ToString());
    }

    private Task<JsonNode?> CallAsync(string function, string arguments) => CallAsync(_module, function, arguments);

    private static Task<JsonNode?> CallAsync(KubernetesModule module, string function, string arguments, Secrets? secrets = null)
    {
        var known = module.Functions.Single(one => one.FullName == $"chaosk8s.{function}");
        var given = LabApi.Parse(arguments);
        if (known.Parameters.Any(parameter => parameter.Name == "ns") && !given.ContainsKey("ns"))
        {
            given["ns"] = "shop";
        }

        var python = new NativePython(module, new NoPython(), TimeProvider.System);
        return python.CallAsync(new PythonProvider(known.Module, known.Name, given), given, new ActivityContext { Secrets = secrets ?? Secrets.None }, Stop);
    }

    /// <summary>A fake: an interpreter that says that it was asked.</summary>
    private sealed class NoPython : IPython
    {
        public Task<JsonNode?> CallAsync(PythonProvider provider, JsonObject arguments, ActivityContext context, CancellationToken abort) => Task.FromResult<JsonNode?>("asked");

        public PythonSignature Describe(string module, string function) => new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
