using System.Text.Json.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>The running part: from the start of the process to its end, with its probes.</summary>
internal sealed partial class ContainerRun
{
    /// <summary>The kubelet gives a container at least this long after SIGTERM, even when its preStop hook used up the grace period.</summary>
    private static readonly TimeSpan GraceMin = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ProcessId> _extras = [];

    /// <summary>The process and everything that was started on its behalf, so that it can be counted and stopped.</summary>
    public IReadOnlyList<ProcessId> Roots
    {
        get
        {
            lock (_gate)
            {
                return Process is { } process ? [process.Id, .. _extras] : [.. _extras];
            }
        }
    }

    /// <summary>The processes that faults have added.</summary>
    public IReadOnlyList<ProcessId> Extras
    {
        get
        {
            lock (_gate)
            {
                return [.. _extras];
            }
        }
    }

    /// <summary>Counts a process of a fault to this container: its CPU and memory are the container's, and it dies with it.</summary>
    public void Adopt(ProcessId extra)
    {
        lock (_gate)
        {
            _extras.Add(extra);
        }
    }

    public void Release(ProcessId extra)
    {
        lock (_gate)
        {
            _extras.Remove(extra);
        }
    }

    /// <summary>Runs another program beside the container's own, as exec does: it counts to the container and ends with it.</summary>
    public async Task<Api.IContainerProcess> ExecuteAsync(Api.ExecRequest asked)
    {
        var request = ContainerExec.Request(InContainer, asked);
        var process = await machine.Spawner.StartAsync(request).ConfigureAwait(false);
        Adopt(process.Id);
        return new ContainerExec(process, machine.Clock, () => Release(process.Id));
    }

    /// <summary>Stops for good: preStop, SIGTERM, grace, SIGKILL.</summary>
    public Task StopAsync(TimeSpan grace)
    {
        _isStopping = true;
        Wake();
        if (Process is not null)
        {
            machine.Events.Normal(pod.Object, "Killing", $"Stopping container {name}", name);
        }

        return EndProcessAsync(grace);
    }

    /// <summary>Shortens a stop that is under way.</summary>
    public void Hurry(TimeSpan grace)
    {
        _isStopping = true;
        Wake();
        if (grace <= TimeSpan.Zero)
        {
            _hurried.TrySetResult();
        }
        else
        {
            _ = Task.Delay(grace, machine.Clock, CancellationToken.None).ContinueWith(_ => _hurried.TrySetResult(), TaskScheduler.Default);
        }
    }

    /// <summary>The container's processes are larger than its limit: what the kernel's out-of-memory killer would do.</summary>
    public async Task KillForMemoryAsync()
    {
        _isOutOfMemory = true;
        await KillAllAsync().ConfigureAwait(false);
    }

    /// <summary>Ends every process of the container at once.</summary>
    public async Task KillAllAsync()
    {
        foreach (var root in Roots)
        {
            await ProcessTree.KillAsync(root, machine.Clock).ConfigureAwait(false);
        }
    }

    private async Task<ProcessExit> WatchAsync(SpawnedProcess process)
    {
        using var ended = new CancellationTokenSource();
        var probes = ProbeAsync(ended.Token);
        if (_isStopping)
        {
            pod.Observe(EndProcessAsync(pod.Grace));
        }

        var exit = await process.Exited.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await probes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A container's other processes end with its first one.
        foreach (var root in Roots)
        {
            await ProcessTree.KillAsync(root, machine.Clock).ConfigureAwait(false);
        }

        if (machine.Groups is { } groups)
        {
            await groups.EndAsync(pod.Object.Uid(), ContainerId["crater://".Length..]).ConfigureAwait(false);
        }

        lock (_gate)
        {
            Process = null;
            _extras.Clear();
        }

        return exit;
    }

    private async Task ProbeAsync(CancellationToken ended)
    {
        var (startup, readiness, liveness) = (ProbeSpec.Of(Spec, "startupProbe"), ProbeSpec.Of(Spec, "readinessProbe"), ProbeSpec.Of(Spec, "livenessProbe"));
        Become(hasStarted: startup is null, isReady: startup is null && readiness is null);
        Enter(new ContainerState.Running(machine.Clock.GetUtcNow()));
        if (startup is not null)
        {
            var isUp = false;
            await LoopAsync(startup, "Startup", (good, _) => (isUp = good) || Fail("startup"), ended).ConfigureAwait(false);
            if (!isUp)
            {
                return;
            }

            Become(hasStarted: true, isReady: readiness is null);
        }

        List<Task> loops = [];
        if (readiness is not null)
        {
            loops.Add(LoopAsync(readiness, "Readiness", (good, _) => Become(hasStarted: true, isReady: good), ended));
        }

        if (liveness is not null)
        {
            loops.Add(LoopAsync(liveness, "Liveness", (good, _) => !good && Fail("liveness"), ended));
        }

        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    private Task LoopAsync(ProbeSpec probe, string kind, Func<bool, string, bool> turned, CancellationToken ended) =>
        new ProbeLoop(probe, machine.Clock).RunAsync(
            stop => pod.Prober.AskAsync(probe, Spec, pod.Address, InContainer, stop),
            turned,
            problem => machine.Events.Warning(pod.Object, "Unhealthy", $"{kind} probe failed: {problem}", name),
            ended);

    private SpawnRequest InContainer(IReadOnlyList<string> command) => ContainerProgram.Request(command, pod.Environment(Spec), Files.WorkingFolder(Spec));

    /// <returns>False: the loop goes on.</returns>
    private bool Become(bool hasStarted, bool isReady)
    {
        (HasStarted, IsReady) = (hasStarted, isReady);
        pod.Changed();
        return false;
    }

    /// <returns>True: the loop ends with this container.</returns>
    private bool Fail(string kind)
    {
        machine.Events.Normal(pod.Object, "Killing", $"Container {name} failed {kind} probe, will be restarted", name);
        pod.Observe(EndProcessAsync(pod.Grace));
        return true;
    }

    private async Task EndProcessAsync(TimeSpan grace)
    {
        if (Process is not { } process)
        {
            return;
        }

        var began = machine.Clock.GetTimestamp();
        if (grace > TimeSpan.Zero)
        {
            await BeforeStopAsync(process, grace).ConfigureAwait(false);
            process.Id.Signal(Native.SigTerm);
            var left = grace - machine.Clock.GetElapsedTime(began);
            var patience = Task.Delay(left > GraceMin || grace < GraceMin ? Max(left, TimeSpan.Zero) : GraceMin, machine.Clock, CancellationToken.None);
            await Task.WhenAny(process.Exited, patience, _hurried.Task).ConfigureAwait(false);
        }

        if (!process.Exited.IsCompleted)
        {
            await ProcessTree.KillAsync(process.Id, machine.Clock).ConfigureAwait(false);
        }
    }

    private async Task BeforeStopAsync(SpawnedProcess process, TimeSpan grace)
    {
        if (Spec.At("lifecycle", "preStop") is not { } hook)
        {
            return;
        }

        using var limit = new CancellationTokenSource();
        var running = RunHookAsync(hook, limit.Token);
        await Task.WhenAny(running, process.Exited, _hurried.Task, Task.Delay(grace, machine.Clock, limit.Token)).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    private async Task RunHookAsync(JsonNode hook, CancellationToken limit)
    {
        try
        {
            await (hook switch
            {
                _ when hook.Number("sleep", "seconds") is { } seconds => Task.Delay(TimeSpan.FromSeconds(seconds), machine.Clock, limit),
                _ when hook.At("exec") is { } exec => pod.Prober.ExecuteAsync(InContainer([.. exec.Texts("command")]), limit),
                _ when hook.At("httpGet") is { } get => pod.Prober.GetAsync(get, Spec, pod.Address, limit),
                _ => Task.CompletedTask,
            }).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever is wrong with a hook, the container must still be stopped.
        catch (Exception e)
#pragma warning restore CA1031
        {
            machine.Events.Warning(pod.Object, "FailedPreStopHook", $"PreStopHook failed: {e.Message}", name);
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
