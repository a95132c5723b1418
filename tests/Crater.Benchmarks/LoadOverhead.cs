using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crater.Benchmarks;

/// <summary>
/// Does the load keep its rate, and what does it cost? A fixed arrival rate against a trivial server in the same process, with <c>hey</c> at the same rate and
/// <c>wrk</c> as fast as it can beside it where they are installed. All share the machine's cores with the server.
/// </summary>
internal static partial class LoadOverhead
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    private static readonly double[] Rates = [100, 500, 2_000];

    /// <summary>Connections of the peers.</summary>
    private const int Connections = 50;

    public static async Task<int> RunAsync(TextWriter output, CancellationToken abort)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var server = builder.Build();
        server.Run(context => context.Response.WriteAsync("ok"));
        await server.StartAsync(abort);
        var url = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        await OneAsync(url, 200, TimeSpan.FromSeconds(2), abort);     // warms both sides up

        await output.WriteLineAsync($"{Environment.ProcessorCount} cores, {Length.TotalSeconds:0} s each, generator and server in one process\n");
        await output.WriteLineAsync("| who | asked req/s | did req/s | errors | p50 ms | p95 ms | p99 ms | sent late p99 ms | CPU µs a request, server included |");
        await output.WriteLineAsync("|---|---|---|---|---|---|---|---|---|");
        var kept = true;
        foreach (var rate in Rates)
        {
            var (summary, cpu) = await OneAsync(url, rate, Length, abort);
            var did = summary.Completed / Length.TotalSeconds;
            kept &= summary.Intended == (long)Math.Ceiling(rate * Length.TotalSeconds) && summary.Errors.Total == 0;
            await output.WriteLineAsync(Row("Crater", rate, did, summary.Errors.Total, summary.Latencies, Ms(summary.Lag, 0.99), cpu.TotalMicroseconds / summary.Completed));
            await PeerAsync(output, "hey", ["-z", $"{Length.TotalSeconds:0}s", "-c", $"{Connections}", "-q", $"{rate / Connections:0.###}", $"{url}"], rate, abort);
        }

        await PeerAsync(output, "wrk", ["-t1", $"-c{Connections}", $"-d{Length.TotalSeconds:0}", "--latency", $"{url}"], null, abort);
        await output.WriteLineAsync(kept ? "\nEvery arrival was sent and answered." : "\nNOT every arrival was sent and answered.");
        return kept ? 0 : 1;
    }

    private static async Task<(LoadSummary Summary, TimeSpan Cpu)> OneAsync(Uri url, double rate, TimeSpan length, CancellationToken abort)
    {
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        using var load = new LoadGenerator(new LoadPlan { Rate = rate, Duration = length, Scenarios = [new Scenario("ok", 1, "GET", url)] }, TimeProvider.System);
        var summary = await load.RunAsync(abort);
        self.Refresh();
        return (summary, self.TotalProcessorTime - before);
    }

    private static async Task PeerAsync(TextWriter output, string program, string[] arguments, double? rate, CancellationToken abort)
    {
        var path = Path.Combine("/usr/bin", program);
        if (!File.Exists(path))
        {
            await output.WriteLineAsync($"| {program} | not installed | | | | | | | |");
            return;
        }

        var start = new ProcessStartInfo(path) { RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync(abort);
        await process.WaitForExitAsync(abort);
        var did = Rate().Match(text).Groups[1].Value;
        string Percentile(int share) => Regex.Match(text, $@"{share}%+(?: in)?\s+([\d.]+)\s*(us|ms|secs|s)") is { Success: true } match
            ? (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 })).ToString("0.00", CultureInfo.InvariantCulture)
            : "";
        await output.WriteLineAsync($"| {program} | {(rate is { } asked ? asked.ToString("0") : "as fast as it can")} | {did} | | {Percentile(50)} | {Percentile(95)} | {Percentile(99)} | | |");
    }

    private static string Row(string who, double rate, double did, long errors, LatencyHistogram latencies, string late, double cpu) => string.Create(
        CultureInfo.InvariantCulture, $"| {who} | {rate:0} | {did:0.0} | {errors} | {Ms(latencies, 0.5)} | {Ms(latencies, 0.95)} | {Ms(latencies, 0.99)} | {late} | {cpu:0} |");

    private static string Ms(LatencyHistogram histogram, double share) =>
        histogram.Percentile(share)?.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture) ?? "";

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
