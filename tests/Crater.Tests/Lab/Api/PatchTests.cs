using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.Patching;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class PatchTests
{
    private static readonly ResourceKind Deployments = ResourceTable.Find("apps", "v1", "deployments")!;

    private static readonly string TwoContainers = """
        {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]}}}}
        """;

    [Fact]
    public void A_strategic_merge_finds_a_container_by_its_name()
    {
        var patched = Strategic("""{"spec": {"template": {"spec": {"containers": [{"name": "b", "image": "b:2"}]}}}}""");

        Assert.Equal("""[{"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]},{"name":"b","image":"b:2"}]""", Containers(patched));
    }

    [Fact]
    public void A_strategic_merge_deletes_the_container_that_it_marks()
    {
        var patched = Strategic("""{"spec": {"template": {"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}}}""");

        Assert.Equal("""[{"name":"b","image":"b:1"}]""", Containers(patched));
    }

    [Fact]
    public void A_strategic_merge_puts_the_containers_into_the_order_that_it_names()
    {
        var patched = Strategic("""
            {"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": "a:2"}]}}}}
            """);

        Assert.StartsWith("""[{"name":"b",""", Containers(patched), StringComparison.Ordinal);
    }

    [Fact]
    public void A_strategic_merge_keeps_only_the_keys_that_it_retains()
    {
        var current = JsonNode.Parse("""{"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}""")!.AsObject();
        var patch = JsonNode.Parse("""{"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}""")!;

        var patched = Patches.Apply("application/strategic-merge-patch+json", patch, current, Deployments);

        Assert.Equal("""{"spec":{"strategy":{"type":"Recreate"}}}""", patched.ToJsonString());
    }

    [Fact]
    public void A_merge_patch_removes_what_it_sets_to_null()
    {
        var patched = MergePatch.Apply(JsonNode.Parse("""{"a": null, "b": {"c": 2}}"""), JsonNode.Parse("""{"a": 1, "b": {"c": 1, "d": 3}}"""));

        Assert.Equal("""{"b":{"c":2,"d":3}}""", patched!.ToJsonString());
    }

    [Theory]
    [InlineData("""[{"op": "add", "path": "/m/a~1b", "value": 1}]""", """{"m":{"a/b":1},"l":[1,2]}""")]
    [InlineData("""[{"op": "add", "path": "/l/1", "value": 9}]""", """{"m":{},"l":[1,9,2]}""")]
    [InlineData("""[{"op": "add", "path": "/l/-", "value": 9}]""", """{"m":{},"l":[1,2,9]}""")]
    [InlineData("""[{"op": "remove", "path": "/l/0"}]""", """{"m":{},"l":[2]}""")]
    [InlineData("""[{"op": "test", "path": "/l/0", "value": 1}, {"op": "replace", "path": "/m", "value": 0}]""", """{"l":[1,2],"m":0}""")]
    public void A_JSON_patch_does_what_its_operations_say(string patch, string expected) =>
        Assert.Equal(expected, JsonPatch.Apply(JsonNode.Parse(patch)!, JsonNode.Parse("""{"m": {}, "l": [1, 2]}""")!.AsObject()).ToJsonString());

    [Theory]
    [InlineData("""[{"op": "test", "path": "/l/0", "value": 2}]""")]
    [InlineData("""[{"op": "remove", "path": "/gone"}]""")]
    [InlineData("""[{"op": "replace", "path": "/l/7", "value": 2}]""")]
    public void A_JSON_patch_that_does_not_fit_is_refused(string patch) =>
        Assert.Equal(422, Assert.Throws<ApiException>(
            () => JsonPatch.Apply(JsonNode.Parse(patch)!, JsonNode.Parse("""{"l": [1, 2]}""")!.AsObject())).Code);

    private static JsonObject Strategic(string patch) => Patches.Apply(
        "application/strategic-merge-patch+json", JsonNode.Parse(patch)!, JsonNode.Parse(TwoContainers)!.AsObject(), Deployments);

    private static string Containers(JsonObject patched) => patched["spec"]!["template"]!["spec"]!["containers"]!.ToJsonString();
}
