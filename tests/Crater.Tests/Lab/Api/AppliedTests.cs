using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.Ownership;
using Crater.Lab.Controllers;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Api;

/// <summary>The corners of server-side apply, each as a real API server answered it.</summary>
public sealed class AppliedTests
{
    private static readonly ResourceKind ConfigMaps = ResourceTable.Find("", "v1", "configmaps")!;
    private static readonly ResourceKind Deployments = ResourceTable.Find("apps", "v1", "deployments")!;

    private readonly ResourceStore _store = new();
    private readonly ObjectWrites _writes;

    public AppliedTests()
    {
        new ControllerLoop(_store, TimeProvider.System).Seed();
        _writes = new ObjectWrites(_store, TimeProvider.System);
    }

    [Fact]
    public void Nobody_owns_a_count_that_was_scaled_to_zero()
    {
        ApplyDeployment("one", """ "replicas": 3""");

        var scaled = Scale(0);

        Assert.DoesNotContain(scaled.Each("metadata", "managedFields"), entry => entry["fieldsV1"]!.ToJsonString().Contains("f:replicas", StringComparison.Ordinal));
        Assert.Equal(4, ApplyDeployment("two", """ "replicas": 4""").Number("spec", "replicas"));
    }

    [Fact]
    public void A_count_that_was_scaled_to_more_than_zero_belongs_to_the_scale()
    {
        ApplyDeployment("one", """ "replicas": 3""");
        Scale(2);

        var refused = Assert.Throws<ApiException>(() => ApplyDeployment("one", """ "replicas": 3"""));

        Assert.Equal("Apply failed with 1 conflict: conflict with \"scaler\" with subresource \"scale\" using apps/v1: .spec.replicas", refused.Message);
    }

    [Fact]
    public void An_empty_map_that_was_applied_keeps_its_owner_when_the_last_entry_goes()
    {
        Apply("one", """{"a": "1"}""");
        Apply("two", "{}");

        var emptied = Apply("one", null);

        Assert.Equal("two {\"f:data\":{}}", Assert.Single(Managers(emptied)));
        Assert.Null(emptied["data"]);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"two\": .data", Assert.Throws<ApiException>(() => Apply("one", """{"x": "1"}""")).Message);
    }

    [Fact]
    public void Who_applies_what_is_there_already_gets_no_time()
    {
        Apply("one", """{"a": "1"}""");

        var applied = Apply("two", """{"a": "1"}""");

        Assert.Equal([("two", false), ("one", true)], applied.Each("metadata", "managedFields").Select(entry => (entry.Text("manager"), entry.ContainsKey("time"))));
    }

    [Theory]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"x": 1}}""",
        "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): .data.x: expected string, got &value.valueUnstructured{Value:1}")]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "generation": "x"}}""",
        "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): .metadata.generation: expected numeric (int or float), got string")]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "managedFields": []}}""", "metadata.managedFields must be nil")]
    public void What_cannot_be_applied_is_refused_in_the_real_words(string config, string message)
    {
        var refused = Assert.Throws<ApiException>(() => _writes.Apply(ConfigMaps, "default", "c", "", JsonNode.Parse(config)!.AsObject(), false, By("one")));

        Assert.Equal(message, refused.Message);
    }

    [Fact]
    public void The_uid_of_an_applied_object_cannot_be_another()
    {
        Apply("one", """{"a": "1"}""");

        var refused = Assert.Throws<ApiException>(() => _writes.Apply(ConfigMaps, "default", "c", "", JsonNode.Parse(
            """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": "1"}}""")!.AsObject(), false, By("one")));

        Assert.Equal("ConfigMap \"c\" is invalid: metadata.uid: Invalid value: \"1\": field is immutable", refused.Message);
    }

    [Fact]
    public void A_container_without_a_name_is_refused_by_the_rules_of_its_object()
    {
        ApplyDeployment("one", """ "replicas": 1""");

        var refused = Assert.Throws<ApiException>(() => _writes.Apply(Deployments, "default", "d", "", JsonNode.Parse(
            """{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}}""")!
            .AsObject(), false, By("two")));

        Assert.Equal("Deployment.apps \"d\" is invalid: spec.template.spec.containers[1].name: Required value", refused.Message);
    }

    private JsonObject Scale(int replicas) => _writes.Update(Deployments, "default", "d", "", current =>
    {
        current["spec"]!["replicas"] = replicas;
        return current;
    }, new WriteOptions { Manager = "scaler", Subresource = "scale" });

    private JsonObject Apply(string manager, string? data)
    {
        var config = JsonNode.Parse("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}""")!.AsObject();
        if (data is not null)
        {
            config["data"] = JsonNode.Parse(data);
        }

        return _writes.Apply(ConfigMaps, "default", "c", "", config, false, By(manager)).Object;
    }

    private JsonObject ApplyDeployment(string manager, string spec) => _writes.Apply(Deployments, "default", "d", "", JsonNode.Parse($$$"""
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": { {{{spec}}}, "selector": {"matchLabels": {"a": "b"}},
         "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "i"}]} } } }
        """)!.AsObject(), false, By(manager)).Object;

    private static WriteOptions By(string manager) => new() { Manager = manager, IsApply = true };

    private static IEnumerable<string> Managers(JsonObject stored) => stored.Each("metadata", "managedFields")
        .Select(entry => $"{entry.Text("manager")} {entry["fieldsV1"]!.ToJsonString()}");
}
