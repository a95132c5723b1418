using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Crater.Benchmarks;

/// <summary>
/// What was asked of craterd's faults and what this host gave: cpu-burn with <c>stress-ng --cpu-load</c> in turn on the same core, and what <c>craterd calibrate</c> measures by itself. On a machine
/// that is busy with other work the processor shares of both say little.
/// </summary>
internal static class HostAccuracy
{
    private const string Peer = "/usr/bin/stress-ng";
    private const string Core = "0";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    /// <summary>How far off a fault may be, in the unit of its error.</summary>
    private static readonly Dictionary<string, double> ErrorMax = new() { ["memory-fill"] = 1, ["network-loss"] = 0.5, ["network-delay"] = 7, ["disk-throttle"] = 5, ["network-bandwidth"] = 3 };

    /// <returns>0 when cpu-burn is within a point at every share and closer than the peer on the whole, and every other fault within its limit.</returns>
    public static async Task<int> RunAsync(string root, TextWriter output, CancellationToken abort)
    {
        var craterd = new[] { "dist/craterd", "src/Crater.Agent/bin/Release/net10.0/craterd", "src/Crater.Agent/bin/Debug/net10.0/craterd" }.Select(path => Path.Combine(root, path)).FirstOrDefault(File.Exists);
        if (craterd is null)
        {
            await output.WriteLineAsync("There is no craterd to measure; build src/Crater.Agent or run scripts/publish.sh first.");
            return 1;
        }

        var state = Directory.CreateTempSubdirectory("crater-accuracy-").FullName;
        await output.WriteLineAsync($"load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} cores; {Length.TotalSeconds:0} s each on core {Core}\n");
        var isGood = await CompareBurnAsync(craterd, state, output, abort);
        foreach (var fault in ErrorMax.Keys)
        {
            isGood &= await CalibrateAsync(craterd, state, fault, output, abort);
        }

        Directory.Delete(state, recursive: true);
        return isGood ? 0 : 1;
    }

    private static async Task<bool> CompareBurnAsync(string craterd, string state, TextWriter output, CancellationToken abort)
    {
        await output.WriteLineAsync("| share asked of one core | cpu-burn | stress-ng --cpu-load |");
        await output.WriteLineAsync("|---|---|---|");
        var (ours, theirs) = (new List<double>(), new List<double>());
        foreach (var percent in (int[])[10, 30, 50, 70, 90])
        {
            var got = await BurnAsync(craterd, state, percent, abort);
            ours.Add(Math.Abs(got - percent));
            var peer = File.Exists(Peer) ? await StressAsync(percent, abort) : double.NaN;
            theirs.Add(Math.Abs(peer - percent));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {percent} % | {got:0.00} % | {(double.IsNaN(peer) ? "not installed" : $"{peer:0.00} %")} |"));
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| mean error | {ours.Average():0.00} points | {theirs.Average():0.00} points |\n"));
        return ours.Max() <= 1 && !(theirs.Average() < ours.Average());
    }

    private static async Task<double> BurnAsync(string craterd, string state, int percent, CancellationToken abort)
    {
        var uid = $"burn-{percent}-{Environment.ProcessId}";
        await SayAsync(craterd, state, ["inject", "cpu-burn", "--percent", $"{percent}", "--list", Core, "-t", "60s", "--uid", uid], abort);
        try
        {
            var keeper = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
                .First(pid => pid > 0 && CommandLine(pid).EndsWith($" keep {uid}", StringComparison.Ordinal));
            return await ShareAsync([keeper], abort);
        }
        finally
        {
            await SayAsync(craterd, state, ["recover", uid], CancellationToken.None);
        }
    }

    private static async Task<double> StressAsync(int percent, CancellationToken abort)
    {
        var start = new ProcessStartInfo(Peer, ["--cpu", "1", "--cpu-load", $"{percent}", "--taskset", Core, "-t", "30", "-q"]) { RedirectStandardOutput = true };
        using var stress = Process.Start(start)!;
        await Task.Delay(Settling, TimeProvider.System, abort);
        try
        {
            return await ShareAsync([.. File.ReadAllText($"/proc/{stress.Id}/task/{stress.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], abort);
        }
        finally
        {
            stress.Kill(entireProcessTree: true);
        }
    }

    /// <summary>How much of one core these processes get, in percent.</summary>
    private static async Task<double> ShareAsync(IReadOnlyList<int> pids, CancellationToken abort)
    {
        await Task.Delay(Settling, TimeProvider.System, abort);
        var (began, before) = (TimeProvider.System.GetTimestamp(), pids.Sum(Nanoseconds));
        await Task.Delay(Length, TimeProvider.System, abort);
        return (pids.Sum(Nanoseconds) - before) / TimeProvider.System.GetElapsedTime(began).TotalSeconds / 1e7;
    }

    private static async Task<bool> CalibrateAsync(string craterd, string state, string fault, TextWriter output, CancellationToken abort)
    {
        using var rows = JsonDocument.Parse(await SayAsync(craterd, state, ["calibrate", fault, "--json"], abort));
        var isGood = true;
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            var measured = row.GetProperty("measured").GetString();
            if (row.TryGetProperty("missing", out var missing))
            {
                await output.WriteLineAsync($"{fault,-18} {measured,-18} not measured: {missing}");
                continue;
            }

            var error = row.GetProperty("error").GetDouble();
            isGood &= Math.Abs(error) <= ErrorMax[fault];
            await output.WriteLineAsync($"{fault,-18} {measured,-18} asked {row.GetProperty("asked")} {row.GetProperty("unit")}, got {row.GetProperty("got")}, off by {error} {row.GetProperty("errorUnit").GetString()}");
        }

        return isGood;
    }

    private static async Task<string> SayAsync(string craterd, string state, string[] arguments, CancellationToken abort)
    {
        var start = new ProcessStartInfo(craterd, arguments) { RedirectStandardOutput = true };
        start.Environment["CRATERD_STATE"] = state;
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(abort);
        await process.WaitForExitAsync(abort);
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"craterd {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static long Nanoseconds(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .Sum(thread => long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));
}
