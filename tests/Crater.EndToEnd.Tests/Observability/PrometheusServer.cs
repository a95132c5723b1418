using System.Diagnostics;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Shop;
using Xunit;

namespace Crater.EndToEnd.Tests.Observability;

/// <summary>A real Prometheus on a loopback port of its own, with the configuration that a test gives.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    public const string Program = "/usr/bin/prometheus";
    private readonly string _folder;
    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, Uri address, string folder)
    {
        (_process, _folder) = (process, folder);
        _http = new HttpClient { BaseAddress = address };
    }

    public static void SkipUnlessThere() => Assert.SkipUnless(File.Exists(Program), "the Debian package prometheus is missing");

    public static async Task<PrometheusServer> StartAsync(string configuration)
    {
        var folder = Directory.CreateTempSubdirectory("crater-observed-").FullName;
        var address = new Uri($"http://127.0.0.1:{ShopPod.FreePort()}");
        var file = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[$"--config.file={file}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address={address.Authority}"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var server = new PrometheusServer(process, address, folder);
        await Wait.UntilAsync(server.IsReadyAsync, "Prometheus is ready", Wait.Patience);
        return server;
    }

    /// <summary>The answer to an instant query; its <c>status</c> is <c>error</c> where it was refused.</summary>
    public Task<JsonNode> QueryAsync(string expression) => GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");

    /// <summary>The series that a query gives now.</summary>
    public async Task<IReadOnlyList<JsonObject>> SeriesAsync(string expression) => [.. ((await QueryAsync(expression))["data"]?["result"] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>The names of all metrics that were ever scraped.</summary>
    public async Task<IReadOnlySet<string>> NamesAsync() =>
        (await GetAsync("/api/v1/label/__name__/values"))["data"]!.AsArray().Select(name => (string)name!).ToHashSet();

    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process.HasExited, "Prometheus does not take its configuration");
        try
        {
            using var answer = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;       // it does not listen yet
        }
    }
}
