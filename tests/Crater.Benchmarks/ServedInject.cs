using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Crater.Benchmarks;

/// <summary>
/// How long <c>POST /v1/inject</c> and <c>/v1/recover</c> of a published craterd take over its unix socket, and what serve costs while it waits. Only faults that hurt
/// nobody: one percent of one core, and a file in a folder of its own.
/// </summary>
internal static class ServedInject
{
    private const int Runs = 60;

    /// <summary>Of the inject, at the median.</summary>
    private const double InjectTargetMs = 15;

    private const double IdleTargetMiB = 45;

    /// <summary>Between two injections, so that the next keeper waits already; without it, what the start of processes costs is measured.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    public static async Task<int> RunAsync(string root, TextWriter output, CancellationToken abort)
    {
        var program = Path.Combine(root, "dist", "craterd");
        if (!OperatingSystem.IsLinux() || !File.Exists(program))
        {
            await output.WriteLineAsync($"{program} is missing; scripts/publish.sh makes it.");
            return 1;
        }

        var home = Directory.CreateTempSubdirectory("crater-served-");
        using var serve = Start(program, home.FullName);
        try
        {
            await serve.StandardOutput.ReadLineAsync(abort);
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, abort);
            using var client = Over(Path.Combine(home.FullName, "craterd.sock"));
            var idle = Memory(serve.Id);
            await output.WriteLineAsync($"{Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {Runs} injections each\n");
            await output.WriteLineAsync("| over the API | inject p50 ms | p99 ms | recover p50 ms | p99 ms |\n|---|---|---|---|---|");
            var paced = await RowAsync(output, client, "cpu-burn, one at a time", _ => """{"percent": 1, "count": 1}""", Pause, abort);
            var files = await RowAsync(output, client, "file-create, one at a time", number => $$"""{"path": "{{Path.Combine(home.FullName, $"file-{number}")}}"}""", Pause, abort);
            await RowAsync(output, client, "cpu-burn, without a pause", _ => """{"percent": 1, "count": 1}""", TimeSpan.Zero, abort);
            var used = Memory(serve.Id);
            await output.WriteLineAsync($"\nserve: {Text(idle.Rss)} MiB resident (its share {Text(idle.Pss)}) before the first request, {Text(used.Rss)} ({Text(used.Pss)}) after {3 * Runs} injections; the keeper and the guardian that wait come on top.");
            var isReached = paced <= InjectTargetMs && files <= InjectTargetMs && idle.Rss <= IdleTargetMiB;
            await output.WriteLineAsync($"\nTarget inject p50 ≤ {InjectTargetMs} ms and idle serve ≤ {IdleTargetMiB} MiB: {(isReached ? "reached" : "NOT reached")}.");
            return isReached ? 0 : 1;
        }
        finally
        {
            serve.Kill();
            await serve.WaitForExitAsync(CancellationToken.None);
            home.Delete(recursive: true);
        }
    }

    private static async Task<double> RowAsync(TextWriter output, HttpClient client, string name, Func<int, string> arguments, TimeSpan pause, CancellationToken abort)
    {
        List<double> injects = [];
        List<double> recovers = [];
        var fault = name[..name.IndexOf(',', StringComparison.Ordinal)];
        for (var run = -3; run < Runs; run++)       // the first ones warm up and do not count
        {
            var uid = $"bench-{pause.TotalMilliseconds:0}-{fault}-{run + 3}";
            var inject = await TimeAsync(client, "/v1/inject", $$"""{"uid": "{{uid}}", "fault": "{{fault}}", "arguments": {{arguments(run + 3)}}, "timeout": "60s"}""", abort);
            await Task.Delay(pause, TimeProvider.System, abort);
            var recover = await TimeAsync(client, "/v1/recover", $$"""{"uid": "{{uid}}"}""", abort);
            if (run >= 0)
            {
                injects.Add(inject);
                recovers.Add(recover);
            }
        }

        injects.Sort();
        recovers.Sort();
        await output.WriteLineAsync($"| {name} | {Text(At(injects, 0.5))} | {Text(At(injects, 0.99))} | {Text(At(recovers, 0.5))} | {Text(At(recovers, 0.99))} |");
        return At(injects, 0.5);
    }

    private static async Task<double> TimeAsync(HttpClient client, string path, string body, CancellationToken abort)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var began = TimeProvider.System.GetTimestamp();
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content, abort);
        var text = await answer.Content.ReadAsStringAsync(abort);
        var took = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? took : throw new InvalidOperationException($"{path} {(int)answer.StatusCode}: {text}");
    }

    private static Process Start(string program, string home)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        start.ArgumentList.Add("serve");
        start.Environment["CRATERD_STATE"] = home;
        return Process.Start(start)!;
    }

    private static HttpClient Over(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, abort) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), abort);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://craterd") };

    private static (double Rss, double Pss) Memory(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/smaps_rollup");
        double Of(string name) => double.Parse(lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        return (Of("Rss:"), Of("Pss:"));
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];

    private static string Text(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
