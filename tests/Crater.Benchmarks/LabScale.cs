using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crater.Lab;
using Crater.Lab.Store;

namespace Crater.Benchmarks;

/// <summary>
/// What hollow pods (API objects without a process) cost in the lab: deployments with five replicas each, created through the API one after the other,
/// until the controllers, the scheduler and the hollow nodes have made every pod Running; then lists of all of them.
/// </summary>
internal static class LabScale
{
    private const int PodsPerDeployment = 5;
    private const int PodsPerNode = 100;
    private const int Spaces = 20;

    public static async Task<int> RunAsync(bool quick, TextWriter output, CancellationToken abort)
    {
        await output.WriteLineAsync($"One process with the lab and its client, {Environment.ProcessorCount} cores\n");
        await output.WriteLineAsync("| pods | until all run, s | ms a pod | CPU ms a pod | KiB a pod | list of all, ms | MiB allocated | list of 500, ms | deleted, s |");
        await output.WriteLineAsync("|---|---|---|---|---|---|---|---|---|");
        foreach (var pods in quick ? (int[])[1_000, 2_000] : [1_000, 5_000, 10_000, 20_000])
        {
            await output.WriteLineAsync(await MeasureAsync(pods, abort));
        }

        return 0;
    }

    private static async Task<string> MeasureAsync(int pods, CancellationToken abort)
    {
        await using var lab = await LabCluster.StartAsync(new LabOptions { Nodes = 1, HollowNodes = Math.Max(1, pods / PodsPerNode) }, abort);
        using var http = Client(lab);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var i = 0; i < Spaces; i++)
        {
            await PostAsync(http, "/api/v1/namespaces", $$$"""{"metadata":{"name":"space{{{i}}}"}}""", abort);
        }

        for (var i = 0; i < pods / PodsPerDeployment; i++)
        {
            await PostAsync(http, $"/apis/apps/v1/namespaces/space{i % Spaces}/deployments", Deployment(i), abort);
            await PostAsync(http, $"/api/v1/namespaces/space{i % Spaces}/services",
                $$$"""{"metadata":{"name":"app{{{i}}}"},"spec":{"selector":{"app":"app{{{i}}}"},"ports":[{"port":80}]}}""", abort);
        }

        await UntilAsync(() => lab.Store.Scan("pods").Items.Count(pod => pod.Text("status", "phase") == "Running") == pods, abort);
        var made = Stopwatch.GetElapsedTime(began);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        var (all, allocated) = await ListAsync(http, "/api/v1/pods", abort);
        var (page, _) = await ListAsync(http, "/api/v1/pods?limit=500", abort);
        began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Spaces; i++)
        {
            (await http.DeleteAsync(new Uri($"/apis/apps/v1/namespaces/space{i}/deployments", UriKind.Relative), abort)).EnsureSuccessStatusCode();
        }

        await UntilAsync(() => lab.Store.Scan("pods").Items.Count == 0, abort);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {pods:N0} | {made.TotalSeconds:0.0} | {made.TotalMilliseconds / pods:0.00} | {cpu.TotalMilliseconds / pods:0.00} | {kept / 1024d / pods:0.0} | {all:0} | {allocated / 1048576d:0} | {page:0} | {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} |");
    }

    private static async Task<(double Milliseconds, long Bytes)> ListAsync(HttpClient http, string path, CancellationToken abort)
    {
        var best = double.MaxValue;
        var allocated = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var (began, before) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, abort);
            await (await answer.Content.ReadAsStreamAsync(abort)).CopyToAsync(Stream.Null, abort);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            allocated = Math.Min(allocated, GC.GetTotalAllocatedBytes() - before);
        }

        return (best, allocated);
    }

    private static async Task UntilAsync(Func<bool> holds, CancellationToken abort)
    {
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, abort);
        }
    }

    private static async Task PostAsync(HttpClient http, string path, string body, CancellationToken abort)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content, abort);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(abort));
        }
    }

    private static string Deployment(int i) => $$$$$"""
        {"metadata":{"name":"app{{{{{i}}}}}"},"spec":{"replicas":{{{{{PodsPerDeployment}}}}},"selector":{"matchLabels":{"app":"app{{{{{i}}}}}"}},
         "template":{"metadata":{"labels":{"app":"app{{{{{i}}}}}"}},"spec":{"tolerations":[{"key":"lab.crater.dev/hollow","operator":"Exists"}],"nodeSelector":{"lab.crater.dev/hollow":"true"},
          "containers":[{"name":"main","image":"registry.example/app:1","ports":[{"containerPort":80}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}}}
        """;

    private static HttpClient Client(LabCluster lab)
    {
        var certificate = X509Certificate2.CreateFromPem(lab.CertificatePem);
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, served, _, _) => served is not null && served.RawData.AsSpan().SequenceEqual(certificate.RawData),
        };
        var http = new HttpClient(handler) { BaseAddress = lab.ApiAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", lab.Token);
        return http;
    }
}
