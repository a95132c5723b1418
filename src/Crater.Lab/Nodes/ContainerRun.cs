using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>One container of one pod, over all its starts: image, start, probes, end, back-off and again.</summary>
internal sealed partial class ContainerRun(Machine machine, PodRun pod, string name, bool isInit, bool isEphemeral = false)
{
    /// <summary>How long the state ErrImagePull shows before it becomes ImagePullBackOff, as a share of the back-off.</summary>
    private const double PullErrorShare = 0.2;

    private readonly BackOff _restartBackOff = new(machine.BackOffBase);
    private readonly BackOff _pullBackOff = new(machine.BackOffBase);
    private readonly Lock _gate = new();
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStopping;
    private bool _isOutOfMemory;
    private bool _isReplaced;

    public string Name => name;

    public ContainerState State { get; private set; } = new ContainerState.Waiting("ContainerCreating");

    public ContainerState.Terminated? Last { get; private set; }

    public int Restarts { get; private set; }

    public bool IsReady { get; private set; }

    public bool HasStarted { get; private set; }

    /// <summary>It ended and will not be started again.</summary>
    public bool IsOver { get; private set; }

    public string ContainerId { get; private set; } = "";

    public string Image { get; private set; } = "";

    /// <summary>The running process; null when there is none.</summary>
    public SpawnedProcess? Process { get; private set; }

    public ContainerFiles Files { get; } = new(pod.Folder, name);

    private bool IsSidecar => isInit && Spec.Text("restartPolicy") == "Always";

    private JsonObject Spec => pod.Spec(name);

    /// <summary>Runs until the container is over: ended for good, or stopped.</summary>
    public async Task RunAsync()
    {
        while (!_isStopping)
        {
            Task woken;
            lock (_gate)
            {
                _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                woken = _woken.Task;
            }

            var wait = await TryOnceAsync(woken).ConfigureAwait(false);
            if (wait is null)
            {
                break;
            }

            await Task.WhenAny(woken, Task.Delay(wait.Value, machine.Clock, CancellationToken.None)).ConfigureAwait(false);
        }

        IsOver = true;
        pod.Changed();
    }

    /// <summary>The pod's specification changed: another image replaces the running container, as the kubelet does it.</summary>
    public void SpecChanged()
    {
        if (Image == Spec.Text("image") || Image.Length == 0 || IsOver || _isStopping)
        {
            return;
        }

        _restartBackOff.Forget();
        _pullBackOff.Forget();
        if (Process is not null)
        {
            _isReplaced = true;
            machine.Events.Normal(pod.Object, "Killing", $"Container {name} definition changed, will be restarted", name);
            pod.Observe(EndProcessAsync(pod.Grace));
        }
        else
        {
            Wake();
        }
    }

    /// <returns>How long to wait before the next try; null when there is none.</returns>
    private async Task<TimeSpan?> TryOnceAsync(Task woken)
    {
        var image = Spec.Text("image");
        if (machine.Images.Find(image) is not { } mapped)
        {
            return await FailPullAsync(image, woken).ConfigureAwait(false);
        }

        _pullBackOff.Forget();
        Image = image;
        SpawnedProcess process;
        var began = machine.Clock.GetUtcNow();
        try
        {
            process = await StartAsync(mapped).ConfigureAwait(false);
        }
        catch (ContainerConfigException e) when (!e.Message.StartsWith("exec: ", StringComparison.Ordinal))
        {
            machine.Events.Warning(pod.Object, "Failed", $"Error: {e.Message}", name);
            Enter(new ContainerState.Waiting("CreateContainerConfigError", e.Message));
            return machine.BackOffBase;
        }
        catch (Exception e) when (e is ContainerConfigException or CraterException or IOException)
        {
            machine.Events.Warning(pod.Object, "Failed", $"Error: failed to start container \"{name}\": {e.Message}", name);
            return AfterEnd(new ContainerState.Terminated(128, "StartError", began, machine.Clock.GetUtcNow(), ContainerId) { Message = e.Message });
        }

        var exit = await WatchAsync(process).ConfigureAwait(false);
        var reason = _isOutOfMemory ? "OOMKilled" : exit.Code == 0 ? "Completed" : "Error";
        _restartBackOff.RanFor(machine.Clock.GetUtcNow() - began);
        return AfterEnd(new ContainerState.Terminated(exit.Code, reason, began, machine.Clock.GetUtcNow(), ContainerId));
    }

    private async Task<TimeSpan?> FailPullAsync(string image, Task woken)
    {
        Image = image;
        var container = pod.Spec(name);
        if (container.Text("imagePullPolicy") == "Never")
        {
            var absent = $"Container image \"{image}\" is not present with pull policy of Never";
            machine.Events.Warning(pod.Object, "ErrImageNeverPull", absent, name);
            Enter(new ContainerState.Waiting("ErrImageNeverPull", absent));
            _pullBackOff.StartAtBase();
            return _pullBackOff.Next();
        }

        var message = $"failed to pull image \"{image}\": no image mapping of the lab matches it; add one with --image {image}=COMMAND or {image}=host";
        machine.Events.Normal(pod.Object, "Pulling", $"Pulling image \"{image}\"", name);
        machine.Events.Warning(pod.Object, "Failed", $"Failed to pull image \"{image}\": {message}", name);
        machine.Events.Warning(pod.Object, "Failed", "Error: ErrImagePull", name);
        Enter(new ContainerState.Waiting("ErrImagePull", message));
        _pullBackOff.StartAtBase();
        var wait = _pullBackOff.Next();
        await Task.WhenAny(woken, Task.Delay(wait * PullErrorShare, machine.Clock, CancellationToken.None)).ConfigureAwait(false);
        if (!woken.IsCompleted)
        {
            machine.Events.Normal(pod.Object, "BackOff", $"Back-off pulling image \"{image}\"", name);
            machine.Events.Warning(pod.Object, "Failed", "Error: ImagePullBackOff", name);
            Enter(new ContainerState.Waiting("ImagePullBackOff", $"Back-off pulling image \"{image}\": {message}"));
        }

        return wait * (1 - PullErrorShare);
    }

    private async Task<SpawnedProcess> StartAsync(MappedImage mapped)
    {
        var variables = pod.Environment(Spec);
        var vector = ContainerProgram.Vector(Spec, mapped, variables);
        var folder = Files.WorkingFolder(Spec);
        var request = ContainerProgram.Request(vector, variables, folder);
        request = machine.Groups is null ? request : ContainerProgram.Request(ContainerRights.Limit([request.Program, .. request.Arguments], Spec), variables, folder);
        machine.Events.Normal(pod.Object, "Pulled", $"Container image \"{Image}\" already present on machine", name);
        machine.Events.Normal(pod.Object, "Created", $"Created container: {name}", name);
        var isAgain = Last is not null || State is ContainerState.Terminated;
        var process = await machine.Spawner.StartAsync(request).ConfigureAwait(false);
        Restarts += isAgain ? 1 : 0;
        machine.Logs.Follow(process.Output, Files.BeginLog(Restarts, machine.Clock));
        (_isOutOfMemory, _isReplaced) = (false, false);
        ContainerId = $"crater://{(machine.Groups is null ? process.Id.ToString() : PodGroups.NewId())}";
        machine.Groups?.Enter(pod.Object.Uid(), ContainerId["crater://".Length..], Spec, process.Id);
        Process = process;
        machine.Events.Normal(pod.Object, "Started", $"Started container {name}", name);
        return process;
    }

    private TimeSpan? AfterEnd(ContainerState.Terminated end)
    {
        Enter(end);
        var again = _isReplaced || (!isEphemeral && (pod.RestartPolicy, isInit && !IsSidecar) switch
        {
            ("Never", _) => IsSidecar,
            ("OnFailure", _) or (_, true) => end.ExitCode != 0,
            _ => true,
        });
        if (_isStopping || !again)
        {
            return null;
        }

        Last = end;
        var wait = _isReplaced ? TimeSpan.Zero : _restartBackOff.Next();
        if (wait > TimeSpan.Zero)
        {
            var text = $"back-off {wait.TotalSeconds:0.#}s restarting failed container={name} pod={pod.Object.Name()}_{pod.Object.Space()}({pod.Object.Uid()})";
            machine.Events.Warning(pod.Object, "BackOff", $"Back-off restarting failed container {name} in pod {pod.Object.Name()}_{pod.Object.Space()}", name);
            Enter(new ContainerState.Waiting("CrashLoopBackOff", text));
        }

        return wait;
    }

    private void Enter(ContainerState state)
    {
        State = state;
        if (state is not ContainerState.Running)
        {
            (IsReady, HasStarted) = (false, false);
        }

        pod.Changed();
    }

    private void Wake()
    {
        lock (_gate)
        {
            _woken.TrySetResult();
        }
    }
}
