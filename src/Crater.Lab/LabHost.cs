using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Spawning;

namespace Crater.Lab;

/// <summary>
/// What runs in the lab's own process once it is ready, with the lab's kubeconfig, until <paramref name="stop"/>: the keeper of API-state faults, which
/// must outlive whoever asked for them and may not be known to the lab itself.
/// </summary>
public delegate Task LabCompanion(string kubeconfig, CancellationToken stop);

/// <summary>Runs a lab for the command line: in the foreground, detached, and stopped from another process.</summary>
public static class LabHost
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CompanionPatience = TimeSpan.FromSeconds(5);

    /// <summary>Runs a lab until <paramref name="stop"/>, SIGTERM or SIGINT; writes a line when it is ready.</summary>
    /// <returns>0 when it was stopped in order; 5 when it died.</returns>
    /// <exception cref="CraterException">CRT6506: a lab runs already. CRT6503: this is not Linux.</exception>
    public static async Task<int> RunAsync(LabOptions options, TextWriter console, LabCompanion? companion, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CraterException("CRT6503", "The lab runs on Linux only, because its pods are Linux processes. Use a Linux machine or virtual machine.");
        }

        options = options with { StateFolder = options.StateFolder.Length > 0 ? options.StateFolder : LabState.DefaultFolder() };
        await ClearAsync(options, console).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, ending));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, ending));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => End(signal, ending));
        var owner = ProcessId.Of(Environment.ProcessId)!.Value;
        try
        {
            return PidNamespace.Vector() is { } vector
                ? await RunInsideAsync(vector, options, owner, console, ending.Token).ConfigureAwait(false)
                : await ServeAsync(options, owner, console, companion, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            await ClearAsync(options, console, isMine: true).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a lab that goes on when this process ends; returns when it is ready.</summary>
    /// <exception cref="CraterException">CRT6507: it did not become ready; the message ends with what it wrote.</exception>
    public static async Task<LabState> DetachAsync(LabOptions options, CancellationToken abort)
    {
        options = options with { StateFolder = options.StateFolder.Length > 0 ? options.StateFolder : LabState.DefaultFolder() };
        var (request, log) = (Path.Combine(options.StateFolder, "lab-request.json"), Path.Combine(options.StateFolder, "lab.log"));
        await ClearAsync(options, TextWriter.Null).ConfigureAwait(false);
        PrivateFile.Write(request, LabOptionsText.Write(options, default).ToJsonString());
        PrivateFile.Write(log, "");
        // Pipes of its own, that nobody reads: with ours, whoever waits for the end of our output would wait for the lab.
        var start = new ProcessStartInfo(options.Tool[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in options.Tool.Skip(1).Concat([LabTools.Word, "host", request, log]))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new CraterException("CRT6507", $"'{options.Tool[0]}' could not be started.");
        var began = options.Clock.GetTimestamp();
        while (!process.HasExited && options.Clock.GetElapsedTime(began) < StartPatience)
        {
            if (LabState.Read(options.StateFolder) is { IsAlive: true } state)
            {
                return state;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), options.Clock, abort).ConfigureAwait(false);
        }

        throw new CraterException("CRT6507", $"The lab did not become ready: {(await File.ReadAllTextAsync(log, abort).ConfigureAwait(false)).Trim()}");
    }

    /// <summary>Stops the lab of a state folder and waits until it is gone.</summary>
    /// <returns>False when there was none.</returns>
    public static async Task<bool> DownAsync(string stateFolder, TimeProvider clock, CancellationToken abort)
    {
        if (LabState.Read(stateFolder) is not { } state)
        {
            return false;
        }

        var process = new ProcessId(state.Pid, state.StartTicks);
        var isFound = process.Signal(Native.SigTerm);
        var began = clock.GetTimestamp();
        while (process.IsAlive)
        {
            if (clock.GetElapsedTime(began) > StopPatience)
            {
                // With all below it: what is inside the namespace would live on without the one that asks it to end.
                await ProcessTree.KillAsync(process, clock).ConfigureAwait(false);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, abort).ConfigureAwait(false);
        }

        await CleanAsync(state, stateFolder, clock).ConfigureAwait(false);
        return isFound;
    }

    /// <summary>The part of <see cref="LabTools"/> that is the lab itself, init of its namespace: it ends when its input ends.</summary>
    internal static async Task<int> ServeAsync(Stream input, TextWriter console, LabCompanion? companion)
    {
        using var reader = new StreamReader(input);
        var request = JsonNode.Parse(await reader.ReadLineAsync().ConfigureAwait(false) ?? "{}")!;
        using var ending = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, ending));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, ending));
        var (options, owner) = LabOptionsText.Read(request);
        _ = Task.Run(async () =>
        {
            await reader.ReadLineAsync().ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
        });
        return await ServeAsync(options, owner, console, companion, ending.Token).ConfigureAwait(false);
    }

    /// <summary>The part of <see cref="LabTools"/> that a detached start runs: a session of its own, its words in a file.</summary>
    internal static async Task<int> HostAsync(string requestFile, string logFile, LabCompanion? companion)
    {
        _ = Native.BeginSession();
        await using var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        try
        {
            var (options, _) = LabOptionsText.Read(JsonNode.Parse(await File.ReadAllTextAsync(requestFile).ConfigureAwait(false))!);
            File.Delete(requestFile);
            return await RunAsync(options, log, companion, CancellationToken.None).ConfigureAwait(false);
        }
        catch (CraterException e)
        {
            await log.WriteLineAsync($"{e.Code} {e.Message}").ConfigureAwait(false);
            return 5;
        }
    }

    private static async Task<int> RunInsideAsync(IReadOnlyList<string> vector, LabOptions options, ProcessId owner, TextWriter console, CancellationToken stop)
    {
        // The end of its input asks the inside to end; the parent-death signal ends it when it cannot be asked, or does not listen.
        using var inside = await TiedProcess.StartAsync([.. Tie.Vector(options.Tool), .. vector, .. options.Tool, LabTools.Word, "serve"]).ConfigureAwait(false);
        await inside.StandardInput.WriteLineAsync(LabOptionsText.Write(options, owner).ToJsonString()).ConfigureAwait(false);
        await inside.StandardInput.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        using var ending = stop.Register(inside.StandardInput.Close);
        while (await inside.StandardOutput.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            await console.WriteLineAsync(line).ConfigureAwait(false);
        }

        await inside.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return inside.ExitCode == 0 ? 0 : 5;
    }

    private static async Task<int> ServeAsync(LabOptions options, ProcessId owner, TextWriter console, LabCompanion? companion, CancellationToken stop)
    {
        await using var cluster = await LabCluster.StartAsync(options, stop).ConfigureAwait(false);
        cluster.State(owner).Write(options.StateFolder);
        await console.WriteLineAsync(
            $"The lab is ready at {cluster.ApiAddress} with {options.Nodes} nodes; kubeconfig: {(options.Kubeconfig.Length > 0 ? options.Kubeconfig : "not written")}.").ConfigureAwait(false);
        await console.WriteLineAsync(cluster.LifeLine == LifeLine.PidNamespace
            ? "Its pods live in a PID namespace: they end with the lab, however it ends."
            : "No PID namespace could be made here: pods get a signal when the lab dies, and what they started is ended at the next 'lab up'.").ConfigureAwait(false);
        return await WatchOverAsync(cluster, console, companion, stop).ConfigureAwait(false);
    }

    /// <summary>Runs the companion beside a lab until it is stopped or a part of either has failed.</summary>
    /// <returns>0 when it was stopped; 5 when something failed, which is said.</returns>
    internal static async Task<int> WatchOverAsync(LabCluster cluster, TextWriter console, LabCompanion? companion, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, over.Token);
        var keeping = KeepAsync();
        var first = await Task.WhenAny(stopped, cluster.Completion, keeping).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        if (stop.IsCancellationRequested)
        {
            await keeping.WaitAsync(CompanionPatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }

        var cause = first.Exception?.InnerException;
        await console.WriteLineAsync($"The lab is stopped because a part of it has failed: {(cause as CraterException)?.Code} {cause}").ConfigureAwait(false);
        return 5;

        async Task KeepAsync()
        {
            await (companion?.Invoke(cluster.KubeconfigText, over.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            await stopped.ConfigureAwait(false);
        }
    }

    /// <summary>Refuses to start beside a living lab, and finishes what a dead one has left.</summary>
    private static async Task ClearAsync(LabOptions options, TextWriter console, bool isMine = false)
    {
        if (LabState.Read(options.StateFolder) is not { } state)
        {
            return;
        }

        if (state.IsAlive && !isMine)
        {
            throw new CraterException("CRT6506", $"A lab runs already as process {state.Pid} at {state.ApiAddress}; stop it with 'craterctl lab down'.");
        }

        var ended = await CleanAsync(state, options.StateFolder, options.Clock).ConfigureAwait(false);
        if (ended > 0)
        {
            await console.WriteLineAsync($"{ended} processes that an earlier lab had left were ended.").ConfigureAwait(false);
        }
    }

    private static async Task<int> CleanAsync(LabState state, string stateFolder, TimeProvider clock)
    {
        var ended = await Sweep.RunAsync(state.LabId, clock).ConfigureAwait(false);
        if (state.IsOwnFolder && Directory.Exists(state.Folder))
        {
            Directory.Delete(state.Folder, recursive: true);
        }

        LabState.Delete(stateFolder);
        return ended;
    }

    private static void End(PosixSignalContext signal, CancellationTokenSource ending)
    {
        // Without this the runtime would end the process at once, and the pods' folders with their logs would stay.
        signal.Cancel = true;
        ending.Cancel();
    }
}
