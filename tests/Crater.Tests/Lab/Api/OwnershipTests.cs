using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Controllers;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class OwnershipTests
{
    private static readonly ResourceKind ConfigMaps = ResourceTable.Find("", "v1", "configmaps")!;
    private static readonly ResourceKind Deployments = ResourceTable.Find("apps", "v1", "deployments")!;

    private readonly ResourceStore _store = new();
    private readonly ObjectWrites _writes;

    public OwnershipTests()
    {
        new ControllerLoop(_store, TimeProvider.System).Seed();
        _writes = new ObjectWrites(_store, TimeProvider.System);
    }

    [Fact]
    public void An_applied_field_of_another_manager_is_a_conflict_that_names_both()
    {
        Apply("one", """{"a": "1"}""");

        var refused = Assert.Throws<ApiException>(() => Apply("two", """{"a": "2"}"""));

        Assert.Equal((409, "Apply failed with 1 conflict: conflict with \"one\": .data.a", "FieldManagerConflict"),
            (refused.Code, refused.Message, (string?)refused.Details!["causes"]![0]!["reason"]));
    }

    [Fact]
    public void Force_takes_the_field_from_its_owner()
    {
        Apply("one", """{"a": "1", "b": "1"}""");

        var applied = Apply("two", """{"a": "2"}""", force: true);

        Assert.Equal(["one Apply {\"f:data\":{\"f:b\":{}}}", "two Apply {\"f:data\":{\"f:a\":{}}}"], Managers(applied));
    }

    [Fact]
    public void A_field_that_is_no_longer_applied_goes_unless_somebody_else_has_it()
    {
        Apply("one", """{"a": "1", "b": "1"}""");
        Apply("two", """{"b": "1"}""");

        var applied = Apply("one", """{"c": "1"}""");

        Assert.Equal("""{"b":"1","c":"1"}""", applied["data"]!.ToJsonString());
    }

    [Fact]
    public void An_update_takes_what_it_changes_from_everybody()
    {
        Apply("one", """{"a": "1", "b": "1"}""");

        var updated = _writes.Update(ConfigMaps, "default", "c", "", current =>
        {
            current["data"]!["a"] = "9";
            return current;
        }, new WriteOptions { Manager = "kubectl-edit" });

        Assert.Equal(["one Apply {\"f:data\":{\"f:b\":{}}}", "kubectl-edit Update {\"f:data\":{\"f:a\":{}}}"], Managers(updated));
    }

    [Fact]
    public void Containers_belong_to_managers_one_by_one()
    {
        ApplyDeployment("one", """{"name": "web", "image": "w"}""", force: false);

        var applied = ApplyDeployment("two", """{"name": "side", "image": "s"}""", force: false);

        Assert.Equal(["web", "side"], applied.Each("spec", "template", "spec", "containers").Select(container => container.Text("name")));
    }

    [Fact]
    public void A_field_that_the_type_does_not_know_cannot_be_applied()
    {
        var refused = Assert.Throws<ApiException>(() => _writes.Apply(ConfigMaps, "default", "c", "", Config("""{"a": "1"}""", """, "extra": 1"""), false, By("one")));

        Assert.Equal((500, "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): .extra: field not declared in schema"), (refused.Code, refused.Message));
    }

    private JsonObject Apply(string manager, string data, bool force = false) =>
        _writes.Apply(ConfigMaps, "default", "c", "", Config(data, ""), force, By(manager)).Object;

    private JsonObject ApplyDeployment(string manager, string container, bool force) => _writes.Apply(Deployments, "default", "d", "", JsonNode.Parse($$$"""
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
         "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{{{container}}}]} } } }
        """)!.AsObject(), force, By(manager)).Object;

    private static WriteOptions By(string manager) => new() { Manager = manager, IsApply = true };

    private static JsonObject Config(string data, string more) =>
        JsonNode.Parse($$$"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {{{data}}} {{{more}}}}""")!.AsObject();

    private static IEnumerable<string> Managers(JsonObject stored) => stored.Each("metadata", "managedFields")
        .Select(entry => $"{entry.Text("manager")} {entry.Text("operation")} {entry["fieldsV1"]!.ToJsonString()}");
}
