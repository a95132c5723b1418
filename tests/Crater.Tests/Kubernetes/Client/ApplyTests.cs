using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class ApplyTests
{
    private const string Taken = """
        {"kind":"Status","code":409,"reason":"Conflict","message":"Apply failed with 1 conflict","details":{"causes":[
          {"reason":"FieldManagerConflict","message":"conflict with \"kubectl\" using apps/v1","field":".spec.replicas"}]}}
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_apply_says_who_owns_what_it_states()
    {
        var asked = "";
        await using var front = await FakeFront.StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            asked = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.ContentType} {await body.ReadToEndAsync(Stop)}";
            await context.Response.WriteAsJsonAsync(new { kind = "Deployment" }, Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        await Client(http).ApplyAsync(
            Resource.Deployments, "shop", "carts", LabApi.Parse("""{"spec":{"replicas":0}}"""), new ApplyRequest { FieldManager = "crater run", Force = true }, null, Stop);
        Assert.Equal("PATCH /apis/apps/v1/namespaces/shop/deployments/carts?fieldManager=crater%20run&force=true application/apply-patch+yaml "
            + """{"spec":{"replicas":0},"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"carts"}}""", asked);
    }

    [Fact]
    public async Task What_is_created_and_replaced_says_of_what_kind_it_is()
    {
        List<string> asked = [];
        await using var front = await FakeFront.StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            asked.Add(await body.ReadToEndAsync(Stop));
            await context.Response.WriteAsJsonAsync(new { kind = "Workflow" }, Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var flow = LabApi.Parse("""{"metadata":{"name":"flow"}}""");
        await Client(http).CreateAsync(CraterKinds.Workflows, "shop", flow, Stop);
        await Client(http).UpdateAsync(CraterKinds.Workflows, "shop", "flow", flow, "status", Stop);
        Assert.Equal(Enumerable.Repeat("""{"metadata":{"name":"flow"},"apiVersion":"crater.dev/v1alpha1","kind":"Workflow"}""", 2), asked);
    }

    [Fact]
    public async Task A_field_of_another_manager_is_named_with_its_owner_and_is_no_conflict_of_versions()
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            context.Response.StatusCode = 409;
            await context.Response.WriteAsync(Taken, Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<FieldConflictException>(() => ApplyAsync(Client(http)));
        Assert.Equal(("CRT5211", false), (error.Code, error.IsConflict));
        Assert.Equal([new FieldConflict(".spec.replicas", "kubectl")], error.Conflicts);
    }

    [Fact]
    public async Task An_apply_whose_answer_was_lost_is_made_again()
    {
        await using var front = await FakeFront.StartAsync(FirstLost(context => context.Response.WriteAsJsonAsync(new { kind = "Deployment" }, Stop)));
        using var http = new HttpClient { BaseAddress = front.Address };
        await ApplyAsync(Client(http));
        Assert.Equal(2, front.Requests.Count);
    }

    [Fact]
    public async Task A_guarded_patch_that_conflicts_after_its_answer_was_lost_may_have_been_done()
    {
        await using var front = await FakeFront.StartAsync(FirstLost(context => FakeFront.StatusAsync(context, 409, "Conflict", "changed")));
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => Client(http).PatchAsync(
            Resource.Deployments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"metadata":{"resourceVersion":"7"},"spec":{"replicas":0}}"""), null, Stop));
        Assert.True(error.IsUnreachable);
    }

    [Fact]
    public async Task A_patch_that_names_no_version_is_never_made_again()
    {
        await using var front = await FakeFront.StartAsync(FirstLost(context => context.Response.WriteAsJsonAsync(new { kind = "Deployment" }, Stop)));
        using var http = new HttpClient { BaseAddress = front.Address };
        await Assert.ThrowsAsync<KubernetesException>(() => Client(http).PatchAsync(
            Resource.Deployments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"spec":{"replicas":0}}"""), null, Stop));
        Assert.Single(front.Requests);
    }

    [Fact]
    public async Task Nothing_that_a_dry_client_writes_is_stored()
    {
        await using var lab = await LabApi.StartAsync();
        await lab.DeployAsync("carts", 1);
        var before = lab.Deployment("carts").ResourceVersion();
        var dry = lab.Client.DryRun();
        var patched = await dry.PatchAsync(Resource.Deployments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"spec":{"replicas":0}}"""), null, Stop);
        await dry.DeleteAsync(Resource.Deployments, "shop", "carts", new DeleteRequest(), Stop);
        await dry.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"metadata":{"name":"one"}}"""), Stop);
        await dry.EvictAsync("shop", "carts-1-1", new DeleteRequest(), Stop);
        await dry.ApplyAsync(Resource.ConfigMaps, "shop", "two", LabApi.Parse("""{"data":{"k":"1"}}"""), new ApplyRequest(), null, Stop);
        Assert.Equal(0, patched.Integer("spec", "replicas"));
        Assert.Equal(before, lab.Deployment("carts").ResourceVersion());
        Assert.NotNull(lab.Store.Get("pods", "shop", "carts-1-1"));
        Assert.Null(lab.Store.Get("configmaps", "shop", "one"));
        Assert.Null(lab.Store.Get("configmaps", "shop", "two"));
    }

    private static Func<HttpContext, Task<bool>> FirstLost(Func<HttpContext, Task> then)
    {
        var calls = 0;
        return async context =>
        {
            if (++calls == 1)
            {
                context.Abort();
                return true;
            }

            await then(context);
            return true;
        };
    }

    private static Task<JsonObject> ApplyAsync(KubernetesClient client) =>
        client.ApplyAsync(Resource.Deployments, "shop", "carts", LabApi.Parse("""{"spec":{"replicas":0}}"""), new ApplyRequest(), null, Stop);

    private static KubernetesClient Client(HttpClient http) => new(http, "fake", new LeapingClock());
}
