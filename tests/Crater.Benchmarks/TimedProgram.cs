using System.Diagnostics;
using System.Globalization;
using Crater.Runs.Activities.Processes;

namespace Crater.Benchmarks;

/// <summary>Plays a command again and again, and says how long it took and how much memory it had.</summary>
/// <param name="vector">The program and its first arguments.</param>
/// <param name="name">What Crater's program is called as.</param>
internal sealed class TimedProgram(IReadOnlyList<string> vector, string folder, string name = "chaos")
{
    private const int WarmUps = 2;

    /// <summary>Wall time of the whole process, in seconds: the middle one of <paramref name="runs"/>.</summary>
    public async Task<double> WallAsync(IReadOnlyList<string> arguments, int runs, CancellationToken abort)
    {
        List<double> seconds = [];
        for (var i = -WarmUps; i < runs; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await RunAsync(arguments, _ => Task.CompletedTask, abort);
            if (i >= 0)
            {
                seconds.Add(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            }
        }

        return Median(seconds);
    }

    /// <summary>Peak resident memory in MiB. Looked for while it runs, so that what it took in its last millisecond may be missed; not together with the time.</summary>
    public async Task<double> PeakAsync(IReadOnlyList<string> arguments, CancellationToken abort)
    {
        List<double> peaks = [];
        for (var i = 0; i < 3; i++)
        {
            var peak = 0.0;
            await RunAsync(arguments, async process =>
            {
                while (HighWater(process.Id) is { } mebibytes)
                {
                    peak = Math.Max(peak, mebibytes);
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, abort);
                }
            }, abort);
            peaks.Add(peak);
        }

        return Median(peaks);
    }

    /// <summary>Starting <c>echo</c> and reading what it writes, without an engine around it. Milliseconds each.</summary>
    public static unsafe double BareMs(int times)
    {
        var environment = EnvironmentBlock.Own();
        var began = TimeProvider.System.GetTimestamp();
        var buffer = stackalloc byte[4096];
        for (var i = 0; i < times; i++)
        {
            var started = Spawn.Start(new Command("/bin/echo", ["hello", $"{i}"], environment));
            foreach (var end in (int[])[started.Output, started.Error])
            {
                _ = Libc.FileControl(end, 4, 0);        // F_SETFL: it blocks
                while (Libc.Read(end, buffer, 4096) > 0)
                {
                }

                _ = Libc.Close(end);
            }

            int status;
            _ = Libc.WaitPid(started.Pid, &status, 0);
        }

        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds / times;
    }

    private async Task RunAsync(IReadOnlyList<string> arguments, Func<Process, Task> watch, CancellationToken abort)
    {
        var start = new ProcessStartInfo(vector[0]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CRATER_AS"] = name;
        foreach (var argument in vector.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(abort), process.StandardError.ReadToEndAsync(abort));
        await watch(process);
        await process.WaitForExitAsync(abort);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{vector[0]} {string.Join(' ', arguments)} ended with {process.ExitCode}: {string.Concat(await said)}");
        }
    }

    private static double? HighWater(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
