using System.Diagnostics;
using Crater.EndToEnd.Tests.Agent;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Shop;
using Crater.Tests.Architecture;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Crater.EndToEnd.Tests.Observability;

/// <summary>
/// What the dashboards look at, as far as it can be had on one machine: a role of the shop, craterd and node-exporter are the real ones; what only a cluster exposes is written
/// down. A real Prometheus scrapes it all.
/// </summary>
public sealed class ObservedWorld : IAsyncLifetime
{
    private const string NodeExporter = "/usr/bin/prometheus-node-exporter";
    private readonly List<IAsyncDisposable> _kept = [];
    private readonly Playground _playground = new();
    private ServedAgent? _agent;
    private Process? _exporter;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    /// <summary>Null when everything is there.</summary>
    internal static string? Missing { get; } = !File.Exists(PrometheusServer.Program) ? "the Debian package prometheus is missing"
        : !File.Exists(NodeExporter) ? "the Debian package prometheus-node-exporter is missing" : null;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        var shop = await ShopPod.StartReadyAsync("external-payment");
        _kept.Add(shop);
        await shop.GetAsync("/nothing");        // what nobody has asked for yet is not counted yet
        _agent = await ServedAgent.StartAsync(_playground);
        var nodes = ShopPod.FreePort();
        _exporter = Process.Start(new ProcessStartInfo(NodeExporter, [$"--web.listen-address=127.0.0.1:{nodes}", "--collector.textfile.directory="]) { RedirectStandardError = true })!;
        _exporter.BeginErrorReadLine();
        var written = await WrittenAsync();
        Prometheus = await PrometheusServer.StartAsync($$"""
            global: {scrape_interval: 500ms, scrape_timeout: 500ms}
            scrape_configs:
              - job_name: pods
                static_configs: [{targets: ['{{shop.Url.Authority}}'], labels: {namespace: sock-shop, pod: carts-1, app: carts} }]
              - job_name: craterd
                metrics_path: /craterd
                static_configs: [{targets: ['{{written}}'], labels: {instance: db1} }]
              - job_name: written
                metrics_path: /written
                static_configs: [{targets: ['{{written}}'] }]
              - job_name: node-exporter
                scrape_interval: 2s
                scrape_timeout: 2s
                static_configs: [{targets: ['127.0.0.1:{{nodes}}'], labels: {instance: db1} }]
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (Prometheus is not null)
        {
            await Prometheus.DisposeAsync();
        }

        foreach (var one in _kept)
        {
            await one.DisposeAsync();
        }

        _exporter?.Kill();
        _exporter?.Dispose();
        _agent?.Dispose();
        _playground.Dispose();
    }

    /// <summary>Serves what is written down, and what craterd says at its socket.</summary>
    private async Task<string> WrittenAsync()
    {
        var text = await File.ReadAllTextAsync(RepositoryRoot.File("tests", "Crater.EndToEnd.Tests", "Observability", "written.txt"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var port = ShopPod.FreePort();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4";
            await context.Response.WriteAsync(context.Request.Path == "/written" ? text : await _agent!.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        });
        await app.StartAsync();
        _kept.Add(app);
        return $"127.0.0.1:{port}";
    }
}
