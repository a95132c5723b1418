using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.Admission;
using Crater.Lab.Controllers;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Api;

/// <summary>Containers that are put into pods that are there already.</summary>
public sealed class EphemeralTests
{
    private static readonly ResourceKind Pods = ResourceTable.Find("", "v1", "pods")!;

    private readonly ObjectWrites _writes;

    public EphemeralTests()
    {
        var store = new ResourceStore();
        new ControllerLoop(store, TimeProvider.System).Seed();
        _writes = new ObjectWrites(store, TimeProvider.System);
        store.Create("serviceaccounts", JsonNode.Parse("""{"metadata": {"name": "default", "namespace": "default"}}""")!.AsObject());
        _writes.Create(Pods, "default", JsonNode.Parse("""
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "main", "image": "i"}]}}
            """)!.AsObject(), new WriteOptions { Manager = "test" });
    }

    [Fact]
    public void One_that_is_there_can_be_neither_changed_nor_removed()
    {
        Put("""[{"name": "e", "image": "x"}]""");

        Assert.Equal("Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be changed\n", Refusal("""[{"name": "e", "image": "y"}]"""));
        Assert.Equal("Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be removed\n", Refusal("[]"));
    }

    [Fact]
    public void Another_may_be_added_by_the_subresource_alone()
    {
        Put("""[{"name": "e", "image": "x"}]""");

        var two = Put("""[{"name": "e", "image": "x"}, {"name": "f", "image": "x"}]""");

        Assert.Equal(["e", "f"], two.Each("spec", "ephemeralContainers").Select(container => container.Text("name")));
        Assert.Contains("pod updates may not change fields", Assert.Throws<ApiException>(() => Write("", """[{"name": "g", "image": "x"}]""")).Message);
    }

    [Theory]
    [InlineData("""[{"name": "main", "image": "x"}]""", "spec.ephemeralContainers[0].name: Duplicate value: \"main\"")]
    [InlineData("""[{"name": "e"}]""", "spec.ephemeralContainers[0].image: Required value")]
    [InlineData("""[{"name": "e", "image": "x", "targetContainerName": "nope"}]""", "spec.ephemeralContainers[0].targetContainerName: Not found: \"nope\"")]
    [InlineData("""[{"name": "e", "image": "x", "ports": [{"containerPort": 80}]}]""", "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container")]
    [InlineData("""[{"name": "e", "image": "x", "resources": {"limits": {"cpu": "1"}}}]""", "spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container")]
    [InlineData("""[{"name": "e", "image": "x", "readinessProbe": {"exec": {"command": ["x"]}}}]""", "spec.ephemeralContainers[0].readinessProbe: Forbidden: cannot be set for an Ephemeral Container")]
    public void It_has_a_name_of_its_own_and_nothing_that_others_wait_for(string containers, string why) =>
        Assert.Equal($"Pod \"p\" is invalid: {why}", Refusal(containers));

    private string Refusal(string containers) => Assert.Throws<ApiException>(() => Put(containers)).Message;

    private JsonObject Put(string containers) => Write(EphemeralRules.Subresource, containers);

    private JsonObject Write(string subresource, string containers) => _writes.Update(Pods, "default", "p", subresource, current =>
    {
        current["spec"]!["ephemeralContainers"] = JsonNode.Parse(containers);
        return current;
    }, new WriteOptions { Manager = "test", IsPatch = true });
}
