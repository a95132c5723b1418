using System.Net;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

public sealed class ListTests
{
    private readonly LeapingClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_whose_token_is_too_old_begins_anew()
    {
        var calls = 0;
        await using var front = await FakeFront.StartAsync(context => ++calls switch
        {
            1 or 3 => PageAsync(context, "more", "a"),
            2 => FakeFront.StatusAsync(context, 410, "Expired", "The provided continue parameter is too old"),
            _ => PageAsync(context, "", "b"),
        });
        Assert.Equal(["a", "b"], await NamesAsync(front));
    }

    [Fact]
    public async Task A_list_whose_tokens_are_always_too_old_is_asked_for_in_one_answer()
    {
        await using var front = await FakeFront.StartAsync(context =>
            context.Request.Query["limit"] == "0" ? PageAsync(context, "", "a", "b")
            : context.Request.Query.ContainsKey("continue") ? FakeFront.StatusAsync(context, 410, "Expired", "too old") : PageAsync(context, "more", "a"));
        Assert.Equal(["a", "b"], await NamesAsync(front));
        Assert.Equal(7, front.Requests.Count);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_after_the_time_that_it_asks_for()
    {
        var calls = 0;
        await using var front = await FakeFront.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "3";
            return ++calls < 3 ? FakeFront.StatusAsync(context, 429, "TooManyRequests", "too many requests") : PageAsync(context, "", "a");
        });
        Assert.Equal(["a"], await NamesAsync(front));
        Assert.All(_clock.Pauses, pause => Assert.InRange(pause.TotalSeconds, 3, 6));
        Assert.Equal(2, _clock.Pauses.Count);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_an_error_that_names_the_priority_level()
    {
        await using var front = await FakeFront.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "1";
            context.Response.Headers["X-Kubernetes-PF-PriorityLevel-UID"] = "level-7";
            return FakeFront.StatusAsync(context, 429, "TooManyRequests", "too many requests");
        });
        var error = await Assert.ThrowsAsync<KubernetesException>(() => NamesAsync(front));
        Assert.Equal(("CRT5207", 10), (error.Code, front.Requests.Count));
        Assert.Contains("level-7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_beyond_the_burst_wait_for_their_turn()
    {
        await using var front = await FakeFront.StartAsync(context => PageAsync(context, "", "a"));
        using var http = new HttpClient { BaseAddress = front.Address };
        var client = new KubernetesClient(http, "fake", _clock, new ClientOptions { RequestsPerSecond = 0.5, Burst = 2 });
        for (var i = 0; i < 4; i++)
        {
            await client.ListAsync(Resource.Pods, "shop", ListQuery.All, Stop);
        }

        Assert.Equal(2, _clock.Pauses.Count);
        Assert.All(_clock.Pauses, pause => Assert.InRange(pause.TotalSeconds, 1, 2));
    }

    [Theory]
    [InlineData("""{"kind":"PodList","items":[{"kind":"Po""", "CRT5108")]
    [InlineData("<!doctype html><title>Sign in</title>", "CRT5106")]
    [InlineData("[]", "CRT5106")]
    [InlineData("", "CRT5106")]
    public async Task An_answer_that_is_no_object_is_told_apart(string body, string code)
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            await context.Response.WriteAsync(body, Stop);
            return true;
        });
        Assert.Equal(code, (await Assert.ThrowsAsync<KubernetesException>(() => NamesAsync(front))).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_beyond_the_limit_is_not_read(bool saysItsLength)
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            context.Response.ContentLength = saysItsLength ? 100_000 : null;
            await context.Response.WriteAsync(new string(' ', 100_000), context.RequestAborted);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var client = new KubernetesClient(http, "fake", _clock, new ClientOptions { AnswerMax = 50_000 });
        Assert.Equal("CRT5107", (await Assert.ThrowsAsync<KubernetesException>(() => client.ListAsync(Resource.Pods, "shop", ListQuery.All, Stop))).Code);
    }

    [Fact]
    public async Task A_kind_that_the_cluster_does_not_serve_is_no_missing_object()
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.NotFound;
            await context.Response.WriteAsync("404 page not found\n", Stop);
            return true;
        });
        using var http = new HttpClient { BaseAddress = front.Address };
        var engines = new Resource("litmuschaos.io", "v1alpha1", "chaosengines", "ChaosEngine", true);
        var error = await Assert.ThrowsAsync<KubernetesException>(() => new KubernetesClient(http, "fake", _clock).GetAsync(engines, "shop", "one", Stop));
        Assert.Equal(("CRT5212", true, true), (error.Code, error.IsNotServed, error.IsNotFound));
        Assert.Contains("chaosengines in litmuschaos.io/v1alpha1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jane", "--user=jane")]
    [InlineData("system:serviceaccount:ops:crater", "--serviceaccount=ops:crater")]
    public async Task A_forbidden_call_says_how_to_grant_it(string user, string whom)
    {
        await using var front = await FakeFront.StartAsync(context => FakeFront.StatusAsync(context, 403, "Forbidden",
            $"deployments.apps \"carts\" is forbidden: User \"{user}\" cannot update resource \"deployments/scale\" in API group \"apps\" in the namespace \"shop\""));
        using var http = new HttpClient { BaseAddress = front.Address };
        var error = await Assert.ThrowsAsync<KubernetesException>(() => new KubernetesClient(http, "fake", _clock)
            .UpdateAsync(Resource.Deployments, "shop", "carts", LabApi.Parse("{}"), "scale", Stop));
        Assert.Contains("needs the verb 'update' on deployments.apps/scale 'carts' in namespace 'shop'", error.Message, StringComparison.Ordinal);
        Assert.Contains("kubectl create role crater-update-deployments-scale --verb=update --resource=deployments.apps/scale --namespace=shop", error.Message, StringComparison.Ordinal);
        Assert.Contains($"--role=crater-update-deployments-scale {whom} --namespace=shop", error.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> NamesAsync(FakeFront front)
    {
        using var http = new HttpClient { BaseAddress = front.Address };
        return [.. (await new KubernetesClient(http, "fake", _clock).ListAsync(Resource.Pods, "shop", ListQuery.All, Stop)).Items.Select(pod => pod.Name())];
    }

    private static async Task<bool> PageAsync(HttpContext context, string resume, params string[] names)
    {
        await context.Response.WriteAsJsonAsync(new
        {
            kind = "PodList",
            metadata = new { resourceVersion = "5", @continue = resume },
            items = names.Select(name => new { metadata = new { name, @namespace = "shop" } }),
        }, Stop);
        return true;
    }
}
