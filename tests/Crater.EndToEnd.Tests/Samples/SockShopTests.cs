using System.Diagnostics;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Observability;
using Crater.EndToEnd.Tests.Shop;
using Crater.Tests.Architecture;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.EndToEnd.Tests.Samples;

/// <summary>samples/sock-shop against objects of the names that upstream has.</summary>
public sealed class SockShopTests(HollowShop shop) : IClassFixture<HollowShop>
{
    private static readonly string Folder = RepositoryRoot.File("samples", "sock-shop");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_of_the_eight_experiments_is_valid_and_finds_its_target()
    {
        var experiments = Directory.GetFiles(Path.Combine(Folder, "experiments")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(8, experiments.Count);
        foreach (var experiment in experiments)
        {
            var valid = await shop.RunAsync(shop.Home, "validate", experiment);
            Assert.True(valid.Code == 0, $"{experiment}: {valid}");
            Assert.DoesNotContain("warning", valid.Error, StringComparison.Ordinal);
            var dry = await shop.RunAsync(shop.Home, "run", experiment, "--dry-run");
            Assert.True(dry.Code == 0, $"{experiment}: {dry}");
        }
    }

    [Fact]
    public async Task The_inventory_knows_every_component_and_what_stack_yaml_says_of_it()
    {
        var answer = await shop.RunAsync(Folder, "inventory", "--json");
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.DoesNotContain("warning", answer.Error, StringComparison.Ordinal);
        var components = answer.Json["components"]!.AsArray().Where(one => (string?)one!["namespace"] == "sock-shop").ToDictionary(one => (string)one!["name"]!);
        Assert.Equal(HollowShop.Names.Order(StringComparer.Ordinal), components.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Queue", (string?)components["rabbitmq"]!["tier"]);
    }

    [Fact]
    public async Task Something_is_suggested_for_it()
    {
        var answer = await shop.RunAsync(Folder, "suggest", "--dry-run", "--json");
        Assert.True(answer.Code == 0, answer.ToString());
        Assert.NotEmpty(answer.Json["proposals"]!.AsArray());
    }

    /// <summary>Upstream counts in a histogram of another name; what guards and hypotheses ask for must be there all the same.</summary>
    [Fact]
    public async Task What_upstream_counts_is_found_under_the_names_that_guards_ask_for()
    {
        PrometheusServer.SkipUnlessThere();
        var (port, asked) = (ShopPod.FreePort(), 0);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(Upstream(Interlocked.Increment(ref asked)), Stop));
        await app.StartAsync(Stop);
        var folder = Path.Combine(shop.Home, "prometheus");
        Directory.CreateDirectory(folder);
        var rules = Path.Combine(folder, "rules.yml");
        await File.WriteAllTextAsync(rules, (await File.ReadAllTextAsync(Path.Combine(Folder, "sock-shop.rules.yml"), Stop)).Replace("interval: 5s", "interval: 500ms", StringComparison.Ordinal), Stop);
        await using var prometheus = await PrometheusServer.StartAsync(await ConfigurationAsync(port, rules));
        const string Component = "namespace=\"sock-shop\",pod=~\"catalogue-.+\"";
        await Wait.UntilAsync(async () => (await prometheus.SeriesAsync($"sum(rate(http_requests_total{{{Component},code=~\"5..\"}}[10s])) / sum(rate(http_requests_total{{{Component}}}[10s])) > 0")).Count == 1,
            "the share of errors is known", Wait.Patience);
        Assert.NotEmpty(await prometheus.SeriesAsync($"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{{Component}}}[10s])))"));
    }

    [Theory]
    [InlineData("install-litmus", "crd/chaosengines.litmuschaos.io")]
    [InlineData("deploy-sock-shop", "b1aaa7d3c064dc5192d54937444c43c40f7f7ae5/deploy/kubernetes/complete-demo.yaml")]
    public async Task What_make_would_do_to_a_cluster_is_said_first_and_names_versions(string verb, string pinned)
    {
        Assert.SkipUnless(Lab.KubectlTool.IsThere, "kubectl 1.28 or newer is missing");
        var start = new ProcessStartInfo(RepositoryRoot.File("scripts", "k8s.sh"), [verb, "--print"]) { RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = Path.Combine(shop.Home, "kubeconfig");
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains(pinned, said, StringComparison.Ordinal);
        Assert.All(said.Trim().Split('\n'), line => Assert.StartsWith("kubectl --context crater-lab ", line, StringComparison.Ordinal));
    }

    private static string Upstream(int scrapes) => $$"""
        # TYPE request_duration_seconds histogram
        request_duration_seconds_bucket{method="GET",route="catalogue",status_code="200",ws="false",le="0.1"} {{scrapes * 9}}
        request_duration_seconds_bucket{method="GET",route="catalogue",status_code="200",ws="false",le="+Inf"} {{scrapes * 9}}
        request_duration_seconds_sum{method="GET",route="catalogue",status_code="200",ws="false"} {{scrapes}}
        request_duration_seconds_count{method="GET",route="catalogue",status_code="200",ws="false"} {{scrapes * 9}}
        request_duration_seconds_bucket{method="GET",route="catalogue",status_code="500",ws="false",le="0.1"} {{scrapes}}
        request_duration_seconds_bucket{method="GET",route="catalogue",status_code="500",ws="false",le="+Inf"} {{scrapes}}
        request_duration_seconds_sum{method="GET",route="catalogue",status_code="500",ws="false"} {{scrapes}}
        request_duration_seconds_count{method="GET",route="catalogue",status_code="500",ws="false"} {{scrapes}}

        """;

    /// <summary>The sample's own configuration, in which a static target carries what discovery would have found.</summary>
    private static async Task<string> ConfigurationAsync(int port, string rules)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Folder, "prometheus.yml"), Stop);
        const string Discovery = "    kubernetes_sd_configs:\n      - role: endpoints\n        namespaces: {names: [sock-shop]}\n";
        Assert.Contains(Discovery, text, StringComparison.Ordinal);
        return text.Replace("  - sock-shop.rules.yml", $"  - {rules}", StringComparison.Ordinal).Replace("scrape_interval: 5s", "scrape_interval: 500ms\n  scrape_timeout: 500ms", StringComparison.Ordinal)
            .Replace(Discovery, $$"""
                    static_configs:
                      - targets: ['127.0.0.1:{{port}}']
                        labels:
                          __meta_kubernetes_service_annotation_prometheus_io_scrape: "true"
                          __meta_kubernetes_namespace: sock-shop
                          __meta_kubernetes_pod_name: catalogue-1
                          __meta_kubernetes_service_name: catalogue

                """, StringComparison.Ordinal);
    }
}
