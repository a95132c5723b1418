using System.Text.Json.Nodes;
using System.Threading.Channels;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>One pod on its node, from the first sight of it to its removal.</summary>
internal sealed class PodRun
{
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(5);

    private readonly Machine _machine;
    private readonly Action<Task> _observe;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ContainerEnvironment _environments;
    private Task _life = Task.CompletedTask;
    private Task _publishing = Task.CompletedTask;
    private Task? _stop;
    private TimeSpan _graceAsked = TimeSpan.MaxValue;
    private bool _isKilled;
    private volatile bool _isOver;

    /// <param name="observe">Is given all work that nobody waits for, and says when it fails.</param>
    public PodRun(Machine machine, JsonObject pod, Prober prober, Action<Task> observe)
    {
        (_machine, _observe) = (machine, observe);
        Object = pod;
        Prober = prober;
        Address = machine.Addresses.Take();
        Folder = Directory.CreateDirectory(Path.Combine(machine.Folder, $"{pod.Space()}_{pod.Name()}_{pod.Uid()}")).FullName;
        StartedAt = machine.Clock.GetUtcNow();
        _environments = new ContainerEnvironment(machine.Store);
        Inits = [.. pod.Each("spec", "initContainers").Select(spec => new ContainerRun(machine, this, spec.Text("name"), isInit: true))];
        Containers = [.. pod.Each("spec", "containers").Select(spec => new ContainerRun(machine, this, spec.Text("name"), isInit: false))];
    }

    /// <summary>The pod as it was last seen in the store; not to be modified.</summary>
    public JsonObject Object { get; private set; }

    public IReadOnlyList<ContainerRun> Inits { get; }

    public IReadOnlyList<ContainerRun> Containers { get; }

    /// <summary>What was put into the running pod (kubectl debug): run once, and no part of its readiness or its end.</summary>
    public IReadOnlyList<ContainerRun> Ephemerals { get; private set; } = [];

    public Prober Prober { get; }

    public string Address { get; }

    public string HostAddress => _machine.Addresses.OfNode(Object.Text("spec", "nodeName"));

    public string Folder { get; }

    public DateTimeOffset StartedAt { get; }

    public bool AreInitsDone { get; private set; }

    /// <summary>An init container failed for good.</summary>
    public bool IsFailed { get; private set; }

    public bool IsStopping => _stop is not null || _isKilled;

    public string RestartPolicy => Object.Text("spec", "restartPolicy") is { Length: > 0 } policy ? policy : "Always";

    /// <summary>The grace period of a stop that nobody asked the API for.</summary>
    public TimeSpan Grace => TimeSpan.FromSeconds(
        Object.Number("metadata", "deletionGracePeriodSeconds") ?? Object.Number("spec", "terminationGracePeriodSeconds") ?? 30);

    public IEnumerable<ContainerRun> All => Inits.Concat(Containers).Concat(Ephemerals);

    /// <summary>The present specification of one container.</summary>
    public JsonObject Spec(string container) =>
        Object.Each("spec", "containers").Concat(Object.Each("spec", "initContainers")).Concat(Object.Each("spec", "ephemeralContainers")).First(spec => spec.Text("name") == container);

    /// <exception cref="ContainerConfigException">Something that it refers to is missing.</exception>
    public IReadOnlyDictionary<string, string> Environment(JsonObject container)
    {
        var peer = new PodPeer(Object.Space(), Object.Name(), Object.Uid(), Address, Owners.ComponentOf(_machine.Store, Object), Object.Labels());
        Dictionary<string, string> ambient = new(_machine.Addresses.OpenEdges(peer));
        foreach (var (name, value) in PodVolumes.Folders(_environments, Object, container, _machine.Folder, Folder))
        {
            ambient[name] = value;
        }

        ambient[Spawning.Sweep.Mark] = _machine.LabId;
        return _environments.Build(Object, container, Address, HostAddress, ambient);
    }

    public void Start()
    {
        _life = RunAsync();
        _publishing = PublishAsync();
        Observe(_life);
        Observe(_publishing);
        StartEphemerals();
    }

    public void Observe(Task work) => _observe(work);

    /// <summary>The object changed in the store.</summary>
    public void Update(JsonObject pod)
    {
        Object = pod;
        if (pod.At("metadata", "deletionTimestamp") is not null)
        {
            BeginStop();
            return;
        }

        foreach (var container in All)
        {
            container.SpecChanged();
        }

        StartEphemerals();
    }

    /// <summary>As on a real node they wait for nothing, not even for init containers.</summary>
    private void StartEphemerals()
    {
        foreach (var name in Object.Each("spec", "ephemeralContainers").Select(spec => spec.Text("name")).Except(Ephemerals.Select(run => run.Name)).ToList())
        {
            if (IsStopping || _isOver)
            {
                return;
            }

            var run = new ContainerRun(_machine, this, name, isInit: false, isEphemeral: true);
            Ephemerals = [.. Ephemerals, run];
            Observe(run.RunAsync());
            if (_isOver)
            {
                // The pod ended in between, and may not have seen this one.
                Observe(run.StopAsync(Grace));
            }
        }
    }

    /// <summary>A config map or secret of its namespace changed: mounted files follow, the environment stays as it was.</summary>
    public void SourceChanged(string resource, string name)
    {
        try
        {
            PodVolumes.Renew(_environments, Object, resource, name, Folder);
        }
        catch (IOException) when (IsStopping)
        {
            // Its folder is being removed.
        }
    }

    /// <summary>The object is gone from the store: everything ends at once.</summary>
    public async Task KillAsync()
    {
        _isKilled = true;
        foreach (var container in All)
        {
            container.Hurry(TimeSpan.Zero);
        }

        await Task.WhenAll(All.Select(container => container.StopAsync(TimeSpan.Zero))).ConfigureAwait(false);
        _changes.Writer.TryComplete();
        await Task.WhenAll(_life, _publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _machine.Addresses.CloseEdges(Object.Uid());
        _machine.Addresses.GiveBack(Address);
        _machine.Groups?.Forget(Object.Uid());
        PodVolumes.Remove(Folder);
    }

    /// <summary>Something about a container changed: the status will be written.</summary>
    public void Changed() => _changes.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        await RunContainersAsync().ConfigureAwait(false);
        _isOver = true;
        await Task.WhenAll(Ephemerals.Select(container => container.StopAsync(Grace))).ConfigureAwait(false);
        Changed();
    }

    private async Task RunContainersAsync()
    {
        Changed();
        foreach (var init in Inits)
        {
            var isSidecar = Spec(init.Name).Text("restartPolicy") == "Always";
            var life = init.RunAsync();
            if (isSidecar)
            {
                continue;
            }

            await life.ConfigureAwait(false);
            if (IsStopping || init.State is not ContainerState.Terminated { ExitCode: 0 })
            {
                IsFailed = !IsStopping;
                Changed();
                return;
            }
        }

        AreInitsDone = true;
        await Task.WhenAll(Containers.Select(container => container.RunAsync())).ConfigureAwait(false);
        Changed();
    }

    private void BeginStop()
    {
        // A second, shorter request hurries the stop that is under way; a longer one changes nothing.
        if (_stop is not null && Grace < _graceAsked)
        {
            foreach (var container in All)
            {
                container.Hurry(Grace);
            }
        }

        _graceAsked = _graceAsked < Grace ? _graceAsked : Grace;
        if (_stop is null)
        {
            _stop = StopAsync();
            Observe(_stop);
        }
    }

    private async Task StopAsync()
    {
        // Whatever goes wrong on the way, no pod stays in the store for longer than its grace and this margin, and no process of it either.
        var ending = Task.WhenAll([.. All.Select(container => container.StopAsync(Grace)), _life]);
        await Task.WhenAny(ending, Task.Delay(_graceAsked + StopMargin, _machine.Clock, CancellationToken.None)).ConfigureAwait(false);
        await Task.WhenAll(All.Select(container => container.KillAllAsync())).ConfigureAwait(false);
        PodStatus.Write(_machine.Store, this, _machine.Clock);
        _machine.Store.RemoveIfSame("pods", Object);
    }

    private async Task PublishAsync()
    {
        await foreach (var _ in _changes.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (!_isKilled)
            {
                PodStatus.Write(_machine.Store, this, _machine.Clock);
            }
        }
    }
}
