using System.Text.Json.Nodes;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Tests.Kubernetes;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class WebhookTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_is_told_with_the_webhooks_name_and_its_words()
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => LabApi.Parse("""{"allowed": false, "status": {"code": 403, "message": "not on fridays"}}"""));
        await ConfigureAsync(lab, webhook, "Validating");

        var refused = await Assert.ThrowsAsync<KubernetesException>(() => CreateAsync(lab, "one"));

        Assert.Contains("admission webhook \"check.crater.dev\" denied the request: not on fridays", refused.Message, StringComparison.Ordinal);
        Assert.Equal(403, refused.Status);
        Assert.Null(lab.Store.Get("configmaps", "shop", "one"));
    }

    [Fact]
    public async Task A_mutating_webhooks_patch_is_stored_and_seen_by_those_that_validate()
    {
        await using var lab = await LabApi.StartAsync();
        await using var mutating = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Patch("""[{"op": "add", "path": "/data/b", "value": "2"}]"""));
        await using var validating = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await ConfigureAsync(lab, mutating, "Mutating");
        await ConfigureAsync(lab, validating, "Validating");

        await CreateAsync(lab, "one");

        Assert.Equal("""{"a":"1","b":"2"}""", lab.Store.Get("configmaps", "shop", "one")!["data"]!.ToJsonString());
        Assert.Equal("2", (string?)Assert.Single(validating.Asked)["object"]!["data"]!["b"]);
    }

    [Fact]
    public async Task An_update_and_a_deletion_show_the_object_as_it_was()
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await CreateAsync(lab, "one");
        await ConfigureAsync(lab, webhook, "Validating");

        await lab.Client.PatchAsync(Resource.ConfigMaps, "shop", "one", PatchForm.Merge, LabApi.Parse("""{"data": {"a": "2"}}"""), null, Stop);
        await lab.Client.DeleteAsync(Resource.ConfigMaps, "shop", "one", new DeleteRequest(), Stop);

        var asked = webhook.Asked.ToArray();
        Assert.Equal(["UPDATE", "DELETE"], asked.Select(one => (string?)one["operation"]));
        Assert.Equal(("1", "2"), ((string?)asked[0]["oldObject"]!["data"]!["a"], (string?)asked[0]["object"]!["data"]!["a"]));
        Assert.Equal("2", (string?)asked[1]["oldObject"]!["data"]!["a"]);
        Assert.Null(asked[1]["object"]);
    }

    [Theory]
    [InlineData("Fail", true)]
    [InlineData("Ignore", false)]
    public async Task A_webhook_that_cannot_be_reached_stops_the_write_only_where_it_must_be_asked(string policy, bool isRefused)
    {
        await using var lab = await LabApi.StartAsync();
        await using (var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow()))
        {
            await ConfigureAsync(lab, webhook, "Validating", one => one["failurePolicy"] = policy);
        }

        var failed = await Record.ExceptionAsync(() => CreateAsync(lab, "one"));

        Assert.Equal(isRefused, failed is KubernetesException { Status: 500 });
        Assert.Equal(isRefused, lab.Store.Get("configmaps", "shop", "one") is null);
    }

    [Fact]
    public async Task Only_what_the_selectors_name_is_asked_about()
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await ConfigureAsync(lab, webhook, "Validating", one =>
        {
            one["objectSelector"] = LabApi.Parse("""{"matchLabels": {"asked": "yes"}}""");
            one["namespaceSelector"] = LabApi.Parse("""{"matchLabels": {"kubernetes.io/metadata.name": "shop"}}""");
        });

        await CreateAsync(lab, "unlabelled");
        await CreateAsync(lab, "elsewhere", "default", "yes");
        await CreateAsync(lab, "asked", "shop", "yes");

        Assert.Equal(["asked"], webhook.Asked.Select(one => (string?)one["name"]));
    }

    [Theory]
    [InlineData("object.metadata.name == 'one'", "Fail", "asked")]
    [InlineData("request.operation == 'UPDATE'", "Fail", "stored")]
    [InlineData("object.data.nothing == 'x'", "Fail", "refused")]
    [InlineData("object.data.nothing == 'x'", "Ignore", "stored")]
    public async Task A_webhook_is_asked_where_its_conditions_hold(string condition, string policy, string expected)
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await ConfigureAsync(lab, webhook, "Validating", one =>
        {
            one["failurePolicy"] = policy;
            one["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "only", ["expression"] = condition });
        });

        var refused = await Record.ExceptionAsync(() => CreateAsync(lab, "one"));

        Assert.Equal(expected, refused is KubernetesException { Status: 403 } ? "refused" : webhook.Asked.IsEmpty ? "stored" : "asked");
    }

    [Fact]
    public async Task A_condition_that_the_lab_cannot_read_is_refused_with_the_webhook()
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => ConfigureAsync(lab, webhook, "Validating",
            one => one["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "who", ["expression"] = "authorizer.group('').resource('pods').check('get').allowed()" })));
        Assert.Contains("webhooks[0].matchConditions[0].expression", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_is_refused_where_the_webhook_has_side_effects_and_said_where_it_has_none()
    {
        await using var lab = await LabApi.StartAsync();
        await using var webhook = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await ConfigureAsync(lab, webhook, "Validating");

        await lab.Client.DryRun().CreateAsync(Resource.ConfigMaps, "shop", ConfigMap("one", ""), Stop);

        Assert.True((bool?)Assert.Single(webhook.Asked)["dryRun"]);
        Assert.Null(lab.Store.Get("configmaps", "shop", "one"));
    }

    [Fact]
    public async Task A_webhook_that_asks_for_it_sees_again_what_another_has_changed_after_it()
    {
        await using var lab = await LabApi.StartAsync();
        await using var first = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Allow());
        await using var second = await ScriptedWebhook.StartAsync(_ => ScriptedWebhook.Patch("""[{"op": "add", "path": "/data/b", "value": "2"}]"""));
        await ConfigureAsync(lab, first, "Mutating", one => one["reinvocationPolicy"] = "IfNeeded", "a");
        await ConfigureAsync(lab, second, "Mutating", name: "b");

        await CreateAsync(lab, "one");

        Assert.Equal([null, "2"], first.Asked.Select(one => (string?)one["object"]!["data"]!["b"]));
    }

    private static Task<JsonObject> CreateAsync(LabApi lab, string name, string space = "shop", string label = "") =>
        lab.Client.CreateAsync(Resource.ConfigMaps, space, ConfigMap(name, label), Stop);

    private static JsonObject ConfigMap(string name, string label) => LabApi.Parse(
        $$$$"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{{{name}}}}", "labels": {"asked": "{{{{label}}}}"}}, "data": {"a": "1"}}""");

    private static async Task ConfigureAsync(LabApi lab, ScriptedWebhook webhook, string kind, Action<JsonObject>? change = null, string name = "check")
    {
        var one = LabApi.Parse($$"""
            {"name": "{{name}}.crater.dev", "sideEffects": "None", "admissionReviewVersions": ["v1"],
             "clientConfig": {"url": "https://127.0.0.1:{{webhook.Port}}/", "caBundle": "{{webhook.Authority}}"},
             "rules": [{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}]}
            """);
        change?.Invoke(one);
        var resource = new Resource("admissionregistration.k8s.io", "v1", $"{kind.ToLowerInvariant()}webhookconfigurations", $"{kind}WebhookConfiguration", false);
        await lab.Client.CreateAsync(resource, null, new JsonObject
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = $"{kind}WebhookConfiguration",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["webhooks"] = new JsonArray(one),
        }, Stop);
    }
}
