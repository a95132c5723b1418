using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Controllers;
using Crater.Lab.Store;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class ObjectWritesTests
{
    private static readonly ResourceKind Deployments = ResourceTable.Find("apps", "v1", "deployments")!;
    private static readonly ResourceKind Services = ResourceTable.Find("", "v1", "services")!;

    private readonly ResourceStore _store = new();
    private readonly ObjectWrites _writes;

    public ObjectWritesTests()
    {
        new ControllerLoop(_store, TimeProvider.System).Seed();
        _writes = new ObjectWrites(_store, TimeProvider.System);
    }

    [Fact]
    public void An_unknown_field_is_refused_by_its_path_when_validation_is_strict()
    {
        var read = Deployment();
        read["spec"]!["template"]!["spec"]!["containers"]![0]!["imag"] = "x";

        var refused = Assert.Throws<ApiException>(() => _writes.Create(Deployments, "default", read, new WriteOptions { FieldValidation = "Strict" }));

        Assert.Equal("Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: "
            + "unknown field \"spec.template.spec.containers[0].imag\"", refused.Message);
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_refused()
    {
        var read = Deployment();
        read["spec"]!["replicas"] = "three";

        var refused = Assert.Throws<ApiException>(() => _writes.Create(Deployments, "default", read, new WriteOptions()));

        Assert.Equal((400, "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field "
            + "DeploymentSpec.spec.replicas of type int32"), (refused.Code, refused.Message));
    }

    [Fact]
    public void What_is_left_out_is_filled_in()
    {
        var made = _writes.Create(Deployments, "default", Deployment(), new WriteOptions());

        Assert.Equal(("25%", 600, "ClusterFirst"), (made.Text("spec", "strategy", "rollingUpdate", "maxSurge"),
            made.Count(0, "spec", "progressDeadlineSeconds"), made.Text("spec", "template", "spec", "dnsPolicy")));
    }

    [Fact]
    public void An_update_that_is_based_on_an_older_version_is_a_conflict()
    {
        var made = _writes.Create(Deployments, "default", Deployment(), new WriteOptions());
        _writes.Update(Deployments, "default", "web", "", read => Scaled(read, 2), new WriteOptions());

        var refused = Assert.Throws<ApiException>(
            () => _writes.Update(Deployments, "default", "web", "", _ => Scaled(made, 3), new WriteOptions()));

        Assert.Equal((409, "Conflict"), (refused.Code, refused.Reason));
    }

    [Fact]
    public void The_generation_counts_changes_of_the_specification_alone()
    {
        _writes.Create(Deployments, "default", Deployment(), new WriteOptions());
        _writes.Update(Deployments, "default", "web", "", read => Scaled(read, 2), new WriteOptions());
        var labelled = _writes.Update(Deployments, "default", "web", "", read =>
        {
            read.Make("metadata", "labels")["a"] = "b";
            return read;
        }, new WriteOptions());

        Assert.Equal(2, labelled.Count(0, "metadata", "generation"));
    }

    [Fact]
    public void A_dry_run_stores_nothing()
    {
        _writes.Create(Deployments, "default", Deployment(), new WriteOptions { IsDryRun = true });

        Assert.Null(_store.Peek("deployments.apps", "default", "web"));
    }

    [Fact]
    public void A_selector_cannot_be_changed()
    {
        _writes.Create(Deployments, "default", Deployment(), new WriteOptions());

        var refused = Assert.Throws<ApiException>(() => _writes.Update(Deployments, "default", "web", "", read =>
        {
            read["spec"]!["selector"]!["matchLabels"]!["app"] = "other";
            read["spec"]!["template"]!["metadata"]!["labels"]!["app"] = "other";
            return read;
        }, new WriteOptions()));

        Assert.Contains("spec.selector: Invalid value", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_of_an_object_is_told_at_once()
    {
        var read = JsonNode.Parse("""{"metadata": {"name": "Bad_Name"}, "spec": {"ports": [{"port": 99999}]}}""")!.AsObject();

        var refused = Assert.Throws<ApiException>(() => _writes.Create(Services, "default", read, new WriteOptions()));

        Assert.Equal(["metadata.name", "spec.ports[0].port", "spec.ports[0].targetPort"],
            refused.Details.Each("causes").Select(cause => cause.Text("field")));
    }

    private static JsonObject Scaled(JsonObject read, int replicas)
    {
        read["spec"]!["replicas"] = replicas;
        return read;
    }

    private static JsonObject Deployment() => JsonNode.Parse("""
        {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
         "spec": {"containers": [{"name": "main", "image": "x:1"}]}}}}
        """)!.AsObject();
}
