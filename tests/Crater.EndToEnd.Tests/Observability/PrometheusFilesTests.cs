using System.Diagnostics;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.EndToEnd.Tests.Shop;
using Crater.Lab;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.EndToEnd.Tests.Observability;

/// <summary>What is in deploy/observability, held against the programs that read it.</summary>
public sealed class PrometheusFilesTests
{
    private const string Promtool = "/usr/bin/promtool";
    private static readonly string Folder = RepositoryRoot.File("deploy", "observability");

    [Fact]
    public async Task The_alerts_come_when_they_should_and_not_before()
    {
        Assert.SkipUnless(File.Exists(Promtool), "promtool of the Debian package prometheus is missing");
        await RunAsync(Promtool, "check", "rules", "crater.rules.yml");
        await RunAsync(Promtool, "test", "rules", "crater.rules.test.yml");
    }

    [Fact]
    public void Every_alert_is_seen_to_come_and_seen_not_to()
    {
        var tested = File.ReadAllText(Path.Combine(Folder, "prometheus", "crater.rules.test.yml"));
        var alerts = File.ReadLines(Path.Combine(Folder, "prometheus", "crater.rules.yml")).Select(line => line.Trim()).Where(line => line.StartsWith("- alert: ", StringComparison.Ordinal)).Select(line => line["- alert: ".Length..]).ToList();
        Assert.NotEmpty(alerts);
        Assert.Equal([], alerts.Where(alert => !tested.Contains($"- alertname: {alert}\n", StringComparison.Ordinal) || !tested.Contains($"- {{alertname: {alert}, ", StringComparison.Ordinal)));
    }

    /// <summary>Discovery itself needs a cluster; what is made of what it finds does not, so here a static target carries what it would have found.</summary>
    [Fact]
    public async Task A_pod_is_scraped_as_its_annotations_say_and_labelled_with_where_it_lives()
    {
        PrometheusServer.SkipUnlessThere();
        await using var pod = await ShopPod.StartReadyAsync("external-payment");
        await pod.GetAsync("/nothing");
        var (address, port) = (pod.Url.Host, pod.Url.Port);
        await using var prometheus = await PrometheusServer.StartAsync(Pods(
            Found(address, port, "true", "Running", "sock-shop", "carts-1", "carts"),
            Found(address, port, "false", "Running", "sock-shop", "unasked", "carts"),
            Found(address, port, "true", "Succeeded", "sock-shop", "over", "carts")));
        await Wait.UntilAsync(async () => (await prometheus.SeriesAsync("up{job=\"pods\"} == 1")).Count == 1, "one pod is scraped, and is up", Wait.Patience);
        var up = Assert.Single(await prometheus.SeriesAsync("up{job=\"pods\"}"))["metric"]!;
        Assert.Equal(("sock-shop", "carts-1", "carts", "node1"), ((string?)up["namespace"], (string?)up["pod"], (string?)up["app"], (string?)up["node"]));
        Assert.NotEmpty(await prometheus.SeriesAsync("http_requests_total{namespace=\"sock-shop\",pod=~\"carts-.+\"}"));
    }

    [Fact]
    public async Task A_cluster_takes_all_of_the_manifests()
    {
        Assert.SkipUnless(KubectlTool.IsThere, "kubectl 1.28 or newer is missing");
        var folder = Directory.CreateTempSubdirectory("crater-observability-").FullName;
        try
        {
            var kubeconfig = Path.Combine(folder, "kubeconfig");
            await using var lab = await LabCluster.StartAsync(new LabOptions { Nodes = 1, Kubeconfig = kubeconfig }, TestContext.Current.CancellationToken);
            await RunAsync("kubectl", "--kubeconfig", kubeconfig, "apply", "--validate=strict", "-k", Folder);
            await RunAsync("kubectl", "--kubeconfig", kubeconfig, "apply", "--server-side", "-k", Folder, "--force-conflicts");
            Assert.NotNull(lab.Store.Get("daemonsets.apps", "crater-observability", "node-exporter"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Pods(params string[] found)
    {
        var text = File.ReadAllText(Path.Combine(Folder, "prometheus", "prometheus.yml"));
        var from = text.IndexOf("  - job_name: pods", StringComparison.Ordinal);
        var job = text[from..text.IndexOf("  # Says itself", StringComparison.Ordinal)];
        const string Discovery = "    kubernetes_sd_configs:\n      - role: pod\n";
        Assert.Contains(Discovery, job, StringComparison.Ordinal);
        return "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n" + job.Replace(Discovery, $"    static_configs:\n{string.Concat(found)}", StringComparison.Ordinal);
    }

    private static string Found(string address, int port, string scrape, string phase, string space, string pod, string app) => $$"""
              - targets: ['{{address}}:1']
                labels:
                  __meta_kubernetes_pod_annotation_prometheus_io_scrape: "{{scrape}}"
                  __meta_kubernetes_pod_annotation_prometheus_io_port: "{{port}}"
                  __meta_kubernetes_pod_annotation_prometheus_io_path: /metrics
                  __meta_kubernetes_pod_phase: {{phase}}
                  __meta_kubernetes_pod_ip: {{address}}
                  __meta_kubernetes_namespace: {{space}}
                  __meta_kubernetes_pod_name: {{pod}}
                  __meta_kubernetes_pod_node_name: node1
                  __meta_kubernetes_pod_label_app: {{app}}

        """;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.Combine(Folder, "prometheus") };
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await said}{await complained}");
    }
}
