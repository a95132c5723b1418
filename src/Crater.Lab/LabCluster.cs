using System.Security.Cryptography;
using Crater.Diagnostics;
using Crater.Lab.Api;
using Crater.Lab.Controllers;
using Crater.Lab.Holding;
using Crater.Lab.Network;
using Crater.Lab.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>A cluster in this process: the API server, its controllers, and pods that are processes of this machine.</summary>
public sealed class LabCluster : IAsyncDisposable
{
    /// <summary>How long the end of the controllers, and of the pods, may take; both together less than <c>lab down</c> waits.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(7);

    private readonly LabOptions _options;
    private readonly CancellationTokenSource _over = new();
    private readonly AddressBlock _block;
    private readonly Spawner _spawner;
    private readonly LogPump _logs = new();
    private readonly ServiceProxy _proxy;
    private readonly Kubelet _kubelet;
    private readonly ApiServer _api;
    private readonly string _folder;
    private readonly bool _isOwnFolder;
    private readonly FaultHolder _holder;
    private Task _running = Task.CompletedTask;
    private Task[] _parts = [];

    private LabCluster(LabOptions options)
    {
        _options = options;
        _isOwnFolder = options.WorkingFolder.Length == 0;
        _folder = _isOwnFolder ? Directory.CreateTempSubdirectory("crater-lab-").FullName : Directory.CreateDirectory(options.WorkingFolder).FullName;
        var dice = new Random(options.Seed == 0 ? RandomNumberGenerator.GetInt32(1, int.MaxValue) : options.Seed);
        _block = AddressBlock.Claim(dice);
        Traffic = new Edges(options.Clock, dice);
        _proxy = new ServiceProxy(Store, _block, Traffic);
        _spawner = new Spawner(Tie.Vector(options.Tool), options.Clock);
        var id = RandomNumberGenerator.GetHexString(8, lowercase: true);
        Machine = new Machine
        {
            Store = Store,
            Spawner = _spawner,
            Logs = _logs,
            Images = options.Images,
            Clock = options.Clock,
            Folder = Directory.CreateDirectory(Path.Combine(_folder, "pods")).FullName,
            BackOffBase = options.BackOffBase,
            Addresses = _proxy,
            LabId = id,
            Groups = options.Cgroups ? PodGroups.Open(id, options.Clock) : null,
            Events = new PodEvents(Store, options.Clock),
        };
        _kubelet = new Kubelet(Machine, name => LabNodes.IsOurs(name, options.Nodes));
        _api = new ApiServer(Store, _kubelet, options.Clock, new ApiServerOptions { Port = options.ApiPort });
        _holder = new FaultHolder(
            new LabFaults(Machine, Traffic, options.Tool),
            uid => _kubelet.Runs.FirstOrDefault(run => run.Object.Uid() == uid && !run.IsStopping),
            _kubelet.IsGone,
            options.Clock);
        _api.Map(HolderRoutes.Prefix, new HolderRoutes(_holder, LabViews.EdgesOf(this), LabViews.StatusOf(this), options.Clock).AnswerAsync);
    }

    /// <summary>Everything that the API shows; changing it here is changing it there.</summary>
    public ResourceStore Store { get; } = new();

    /// <summary>For example <c>https://127.0.0.1:40123</c>.</summary>
    public Uri ApiAddress => _api.Address;

    public string Token => _api.Token;

    public string CertificatePem => _api.CertificatePem;

    public string KubeconfigText => _api.Kubeconfig();

    /// <summary>What keeps pods from outliving this process.</summary>
    public LifeLine LifeLine { get; } = Tie.Here;

    /// <summary>Where each service is reached from outside of the cluster.</summary>
    public IReadOnlyList<LabService> Services =>
        [.. _proxy.Outside.Select(entry => new LabService(entry.Port.Namespace, entry.Port.Service, entry.Port.PortName, entry.Address.ToString()))];

    internal Machine Machine { get; }

    /// <summary>Who called whom since the lab began.</summary>
    public IReadOnlyList<ObservedEdge> Edges =>
        [.. Traffic.Counts.OrderBy(count => count.From, StringComparer.Ordinal).ThenBy(count => count.To, StringComparer.Ordinal)
            .Select(count => new ObservedEdge(count.From, count.To, count.Requests, count.Errors, count.Connections, count.LatencyP95Ms))];

    internal Edges Traffic { get; }

    internal Kubelet Kubelet => _kubelet;

    /// <summary>Ends only when a part of the lab has failed, with its exception; a lab whose parts are dead must not look alive.</summary>
    public Task Completion => _running;

    /// <summary>CPU and memory of every container, as last read from the kernel.</summary>
    public IReadOnlyList<ContainerUsage> Usage() => _kubelet.Usage();

    /// <summary>Copies a container's log, as <c>kubectl logs</c> does; false when it has none.</summary>
    public Task<bool> Logs(LogRequest request, Stream to) => _kubelet.CopyLogAsync(request, to, _over.Token);

    /// <summary>Starts a lab and returns when its API answers and its nodes are there.</summary>
    /// <exception cref="CraterException">CRT65xx: it could not be started; the message says why.</exception>
    public static async Task<LabCluster> StartAsync(LabOptions options, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CraterException("CRT6503", "The lab runs on Linux only, because its pods are Linux processes. Use a Linux machine or virtual machine.");
        }

        var cluster = new LabCluster(options);
        try
        {
            await cluster.StartAsync(stop).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What the state file of this lab says.</summary>
    internal LabState State(ProcessId owner) => new(
        owner.Pid, owner.StartTicks, Machine.LabId, ApiAddress.ToString(), _options.Kubeconfig, _folder, _isOwnFolder, LifeLine.ToString());

    /// <summary>Stops everything: no process of any pod is left when it returns.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_parts).WaitAsync(EndPatience, _options.Clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var pods = _kubelet.DisposeAsync().AsTask();
        await pods.WaitAsync(EndPatience, _options.Clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!pods.IsCompletedSuccessfully)
        {
            // Whatever has gone wrong with their bookkeeping: every process carries the lab's mark, and none of them stays.
            await Sweep.RunAsync(Machine.LabId, _options.Clock).ConfigureAwait(false);
        }

        await _api.DisposeAsync().ConfigureAwait(false);
        _proxy.Dispose();
        _spawner.Dispose();
        _logs.Dispose();
        Machine.Groups?.Close();
        _block.Dispose();
        _over.Dispose();
        if (_isOwnFolder)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>No part of a lab ends before the lab does: whichever does, and however, has failed.</summary>
    private static async Task WatchAsync(string name, Task part, CancellationToken over)
    {
        try
        {
            await part.ConfigureAwait(false);
        }
        catch (Exception e) when (!over.IsCancellationRequested)
        {
            throw new CraterException("CRT6509", $"The lab's {name} failed: {e.Message} Stop the lab with 'craterctl lab down' and start it again.", e);
        }

        if (!over.IsCancellationRequested)
        {
            throw new CraterException("CRT6509", $"The lab's {name} ended by itself. Stop the lab with 'craterctl lab down' and start it again.");
        }
    }

    private async Task StartAsync(CancellationToken stop)
    {
        var over = _over.Token;
        _parts =
        [
            WatchAsync("service proxy", _proxy.RunAsync(over), over),
            WatchAsync("kubelet", _kubelet.RunAsync(over), over),
            WatchAsync("fault holder", _holder.RunAsync(over), over),
            WatchAsync("controllers", Task.Run(() => new ControllerLoop(Store, _options.Clock, _kubelet.Usage).RunAsync(over), over), over),
        ];
        _running = Task.WhenAny(_parts).Unwrap();
        for (var number = 1; number <= _options.Nodes; number++)
        {
            Store.Create("nodes", LabNodes.Describe(number, _proxy, _options.Clock));
        }

        for (var number = 1; number <= _options.HollowNodes; number++)
        {
            Store.Create("nodes", LabNodes.DescribeHollow(number, _proxy, _options.Clock));
        }

        await _api.StartAsync(stop).ConfigureAwait(false);
        if (_options.Manifests.Count > 0)
        {
            using var api = LabDriver.Client(ApiAddress, Token, CertificatePem);
            await new LabManifests(api).ApplyAsync(_options.Manifests, stop).ConfigureAwait(false);
        }

        if (_options.Kubeconfig.Length > 0)
        {
            PrivateFile.Write(_options.Kubeconfig, KubeconfigText);
        }
    }
}
