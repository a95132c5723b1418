using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>ChaosMeta's own objects, executed, with phases and status as theirs.</summary>
public sealed class ChaosMetaTests : OperatorBench
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await DefineAsync(Path.Combine(Checkout.Root, "deploy", "chaosmeta", "experiments.yaml"));
        await Client.CreateAsync(Resource.Deployments, "shop", Parse("""
            {"metadata": {"name": "carts", "labels": {"app": "carts"}}, "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "carts"}},
             "template": {"metadata": {"labels": {"app": "carts"}}, "spec": {"containers": [{"name": "main", "image": "host"}]}}}}
            """), Stop);
        Operate("one", "", "--chaosmeta");
    }

    [Fact]
    public async Task An_experiment_is_injected_and_recovered_after_its_duration()
    {
        await ApplyAsync("label", "add", "color=red", "4s");
        await StandsAsync("inject", "success");
        Assert.Equal("red", await ColorAsync());
        var ended = await StandsAsync("recover", "success");
        Assert.Equal("", await ColorAsync());
        Assert.Equal("deployment/shop/carts", ended.Objects("status", "detail", "recover").Single().Text("injectObjectName"));
    }

    [Fact]
    public async Task Asking_for_the_phase_recover_ends_it()
    {
        await ApplyAsync("label", "add", "color=red", "10m");
        await StandsAsync("inject", "success");
        await Client.PatchAsync(CraterKinds.ChaosMeta, "shop", "theirs", PatchForm.Merge, Parse("""{"spec": {"targetPhase": "recover"}}"""), null, Stop);
        await StandsAsync("recover", "success");
        Assert.Equal("", await ColorAsync());
    }

    [Fact]
    public async Task Deleting_it_recovers_first_and_takes_their_finalizer_off()
    {
        await ApplyAsync("label", "add", "color=red", "10m", "chaosmeta/experiment");
        await StandsAsync("inject", "success");
        await Client.DeleteAsync(CraterKinds.ChaosMeta, "shop", "theirs", new DeleteRequest(), Stop);
        await UntilAsync(async () => await Client.FindAsync(CraterKinds.ChaosMeta, "shop", "theirs", Stop) is null, "it goes", () => Said);
        Assert.Equal("", await ColorAsync());
    }

    [Fact]
    public async Task What_cannot_be_executed_is_said_in_its_status()
    {
        await ApplyAsync("nosuch", "add", "color=red", "4s");
        var failed = await StandsAsync("inject", "failed");
        Assert.Contains("deployment nosuch", failed.Text("status", "message"), StringComparison.Ordinal);
    }

    private async Task<string> ColorAsync() => (await Client.GetAsync(Resource.Deployments, "shop", "carts", Stop)).Labels().GetValueOrDefault("color", "");

    private async Task<JsonObject> StandsAsync(string phase, string status)
    {
        JsonObject? found = null;
        await UntilAsync(
            async () => ((found = await Client.GetAsync(CraterKinds.ChaosMeta, "shop", "theirs", Stop)).Text("status", "phase"), found.Text("status", "status")) == (phase, status),
            $"it stands at {phase} {status}", () => $"{found?["status"]?.ToJsonString()}\n{Said}");
        return found!;
    }

    private Task<JsonObject> ApplyAsync(string fault, string key, string value, string duration, params string[] finalizers) => Client.CreateAsync(CraterKinds.ChaosMeta, "shop", Parse($$"""
        {"metadata": {"name": "theirs", "finalizers": [{{string.Join(',', finalizers.Select(one => $"\"{one}\""))}}]},
         "spec": {"scope": "kubernetes", "targetPhase": "inject", "selector": [{"namespace": "shop", "name": ["carts"]}],
           "experiment": {"target": "deployment", "fault": "{{fault}}", "duration": "{{duration}}", "args": [{"key": "{{key}}", "value": "{{value}}", "valueType": "string"}]} } }
        """), Stop);
}
