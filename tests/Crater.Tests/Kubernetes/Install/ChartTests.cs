using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Install;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Kubernetes.Install;

/// <summary>The chart, the plain manifests and what craterctl applies are one thing.</summary>
public sealed class ChartTests
{
    [Fact]
    public void The_rights_of_the_chart_are_made_of_the_table() => Same("deploy/chart/templates/rights.yaml", RightsTemplate.Text());

    [Fact]
    public void The_alerts_of_the_chart_are_those_of_observability() =>
        Same("deploy/chart/templates/alerts.yaml", RulesTemplate.Text(File.ReadAllText(RepositoryRoot.File("deploy", "observability", "prometheus", "crater.rules.yml"))));

    [Fact]
    public void The_plain_manifests_are_made_of_the_chart()
    {
        Same("deploy/manifests/crater.yaml", Chart.Manifest(new InstallOptions()));
        Same("deploy/manifests/crater-namespaced.yaml", Chart.Manifest(new InstallOptions { Namespaced = "default" }));
        Same("deploy/manifests/crater-agents.yaml", Chart.AgentManifest(new InstallOptions()));
    }

    [Fact]
    public void Every_template_of_the_folder_is_built_in() => Assert.Equal(
        Directory.GetFiles(RepositoryRoot.File("deploy", "chart", "templates"), "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Chart.Render(new InstallOptions { AgentDaemonSet = true, PrometheusRule = true, PodMonitor = true, Webhook = true, AccountMetrics = true }).Select(one => one.Name).Where(name => name.StartsWith("templates/", StringComparison.Ordinal)).Select(Path.GetFileName));

    [Fact]
    public void The_charts_definitions_are_those_of_deploy() =>
        Assert.Equal("../crds", new FileInfo(RepositoryRoot.File("deploy", "chart", "crds")).LinkTarget);

    [Fact]
    public void The_operator_is_nobody_and_writes_nowhere_but_to_its_own_volume()
    {
        var pod = Operator(new InstallOptions()).At("spec", "template", "spec");
        Assert.True(pod.Flag("securityContext", "runAsNonRoot"));
        var container = pod.Objects("containers").Single();
        Assert.True(container.Flag("securityContext", "readOnlyRootFilesystem"));
        Assert.Equal(("false", """["ALL"]"""), (container.Text("securityContext", "allowPrivilegeEscalation"), container.At("securityContext", "capabilities", "drop")!.ToJsonString()));
        Assert.All((string[])["livenessProbe", "readinessProbe", "startupProbe"], probe => Assert.NotNull(container.At(probe)));
    }

    [Fact]
    public void For_one_namespace_nothing_is_granted_beyond_it_and_crater_s_own()
    {
        var options = new InstallOptions { Namespaced = "shop" };
        Assert.DoesNotContain(Chart.Objects(options), one => one.Text("kind").StartsWith("ClusterRole", StringComparison.Ordinal));
        Assert.Equal(["crater-system", "shop"], Chart.Objects(options).Where(one => one.Text("kind") == "Role").Select(one => one.Namespace()));
        Assert.Contains("--namespaces=shop", Operator(options).At("spec", "template", "spec").Objects("containers").Single().Texts("args"));
    }

    [Fact]
    public void The_rights_that_are_bound_are_exactly_those_of_the_table()
    {
        foreach (var set in (PermissionSet[])[Permissions.Inventory, Permissions.KubernetesDriver, Permissions.Operator, Permissions.Agent])
        {
            var role = Chart.Objects(new InstallOptions()).Single(one => one.Text("kind") == "ClusterRole" && one.Name() == set.Role);
            Assert.True(JsonNode.DeepEquals(PermissionText.Role(set)["rules"], role["rules"]), set.Name);
        }

        Assert.Equal(3, Chart.Objects(new InstallOptions()).Count(one => one.Text("kind") == "ClusterRoleBinding"));
    }

    [Fact]
    public void The_charts_webhook_is_that_of_deploy()
    {
        var plain = DocumentReader.ReadFile(RepositoryRoot.File("deploy", "webhook", "experiments.yaml")).Root!.ToJson()!;
        Assert.True(JsonNode.DeepEquals(plain["webhooks"], Chart.Objects(new InstallOptions { Webhook = true }).Single(one => one.Text("kind") == "ValidatingWebhookConfiguration")["webhooks"]));
    }

    [Fact]
    public void The_operators_metrics_are_scraped_with_the_bearer_that_it_was_given()
    {
        var options = new InstallOptions { PodMonitor = true };
        var end = Chart.Objects(options).Single(one => one.Text("kind") == "PodMonitor").Objects("spec", "podMetricsEndpoints").Single();
        var pod = Operator(options).At("spec", "template", "spec");
        Assert.Contains(end.Text("port"), pod.Objects("containers").Single().Objects("ports").Select(port => port.Text("name")));
        Assert.Contains(end.Text("authorization", "credentials", "name"), pod.Objects("volumes").Select(volume => volume.Text("secret", "secretName")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Metrics_for_accounts_are_scraped_over_TLS_at_the_port_that_is_listened_on(bool isSigned)
    {
        var options = new InstallOptions { PodMonitor = true, AccountMetrics = true, Webhook = isSigned };
        var objects = Chart.Objects(options);
        var monitor = objects.Single(one => one.Text("kind") == "ServiceMonitor");
        var service = objects.Single(one => one.Text("kind") == "Service" && JsonNode.DeepEquals(one["metadata"]!["labels"]!["app.kubernetes.io/component"], monitor.At("spec", "selector", "matchLabels", "app.kubernetes.io/component")));
        var end = monitor.Objects("spec", "endpoints").Single();
        var port = service.Objects("spec", "ports").Single(one => one.Text("name") == end.Text("port"));
        var container = Operator(options).At("spec", "template", "spec").Objects("containers").Single();
        Assert.Contains(container.Objects("ports"), one => one.Text("name") == port.Text("targetPort") && container.Texts("args").Contains($"--metrics-listen=0.0.0.0:{one.Text("containerPort")}"));
        Assert.Equal(("https", isSigned ? "" : "true", isSigned ? "crater-webhook" : ""), (end.Text("scheme"), end.Text("tlsConfig", "insecureSkipVerify"), end.Text("tlsConfig", "ca", "secret", "name")));
        Assert.DoesNotContain(objects, one => one.Text("kind") == "PodMonitor");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Every_port_that_the_operator_listens_on_is_open_in_its_network_policy_and_no_other_is(bool webhook, bool metrics)
    {
        var options = new InstallOptions { Webhook = webhook, AccountMetrics = metrics };
        var listened = Operator(options).At("spec", "template", "spec").Objects("containers").Single().Texts("args").Where(one => one.Contains("listen=", StringComparison.Ordinal)).Select(one => one.Split(':')[1]);
        var policy = Chart.Objects(options).Single(one => one.Text("kind") == "NetworkPolicy" && one.Name() == "crater-operator");
        Assert.Equal(listened.Order(), policy.Objects("spec", "ingress").Single().Objects("ports").Select(one => one.Text("port")).Order());
    }

    [Fact]
    public void The_namespace_admits_what_agent_pods_need_and_says_so_in_its_labels()
    {
        var space = Chart.Objects(new InstallOptions()).Single(one => one.Text("kind") == "Namespace");
        Assert.Equal(("privileged", "privileged"), (space.Labels()["pod-security.kubernetes.io/enforce"], space.Labels()["pod-security.kubernetes.io/warn"]));
    }

    [Fact]
    public void Every_value_has_a_place_in_the_schema()
    {
        var values = DocumentReader.ReadFile(RepositoryRoot.File("deploy", "chart", "values.yaml")).Root!.ToJson()!.AsObject();
        var schema = JsonNode.Parse(File.ReadAllText(RepositoryRoot.File("deploy", "chart", "values.schema.json")))!;
        Described(values, schema, "values");

        static void Described(JsonObject values, JsonNode schema, string where)
        {
            foreach (var (name, value) in values)
            {
                var property = schema["properties"]?[name];
                Assert.True(property is not null, $"{where}.{name} has no place in values.schema.json");
                if (value is JsonObject map && property["properties"] is not null)
                {
                    Described(map, property, $"{where}.{name}");
                }
            }
        }
    }

    [Theory]
    [InlineData("a: {{ .Values.a | quote }}")]
    [InlineData("a: {{ include \"b\" . }}")]
    [InlineData("{{- range .Values.a }}")]
    [InlineData("a: {{ .Values.nothing }}")]
    [InlineData("{{- end }}")]
    [InlineData("{{- if .Values.a }}")]
    public void A_template_that_says_more_than_is_understood_is_refused(string template) =>
        Assert.Equal("CRT8608", Assert.Throws<CraterException>(() => Template.Render(template, LabApi.Parse("""{"Values":{"a":"1"}}"""))).Code);

    [Fact]
    public void Conditions_nest_and_values_are_put_in_as_helm_does() => Assert.Equal("a: x\nd: {\"k\":[1,\"2\"]}\n", Template.Render(
        "{{- if .Values.yes }}\na: {{ .Values.a }}\n{{- if not .Values.yes }}\nb: 1\n{{- end }}\n{{- end }}\n{{- if .Values.no }}\nc: 1\n{{- end }}\nd: {{ toJson .Values.map }}\n",
        LabApi.Parse("""{"Values":{"yes":true,"no":"","a":"x","map":{"k":[1,"2"]}}}""")));

    private static JsonObject Operator(InstallOptions options) => Chart.Objects(options).Single(one => one.Text("kind") == "Deployment");

    private static void Same(string file, string text)
    {
        var path = RepositoryRoot.File(file);
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.Equal(text, File.ReadAllText(path));
    }
}
