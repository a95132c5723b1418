using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.EndToEnd.Tests.Lab;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>A cluster (<see cref="TestCluster"/>) with the driver kubernetes before it, for tests of what faults do to real pods, nodes and workloads.</summary>
public abstract class DriverBench : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private protected TestCluster Cluster { get; } = new();

    private protected KubernetesClient Client => Cluster.Client;

    private protected string Space => Cluster.Namespace;

    private protected KubernetesDriver Driver { get; private set; } = null!;

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        Driver = new KubernetesDriver(Client, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A deployment called clock whose pods run a program of this machine.</summary>
    private protected async Task DeployAsync(string command = """["sleep", "1000"]""", int replicas = 1, int grace = 1)
    {
        await Client.CreateAsync(Resource.Deployments, Space, JsonNode.Parse($$$$$"""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "clock"},
             "spec": {"replicas": {{{{{replicas}}}}}, "selector": {"matchLabels": {"app": "clock"}},
               "template": {"metadata": {"labels": {"app": "clock"}},
                 "spec": {"terminationGracePeriodSeconds": {{{{{grace}}}}}, "containers": [{"name": "main", "image": "{{{{{Cluster.Image}}}}}", "command": {{{{{command}}}}}}]}}}}
            """)!.AsObject(), Stop);
        await ReadyAsync(replicas);
    }

    private protected Task ReadyAsync(int replicas) =>
        UntilAsync(async () => (await PodsAsync()).Count(pod => pod.Condition("Ready")) == replicas, $"{replicas} ready pods");

    private protected async Task<Injection> AskAsync(string fault, TargetKind kind, params (string Name, string Value)[] arguments)
    {
        var search = await new KubernetesTargets(Client, Space).FindAsync(new TargetSelector { Kind = kind, Name = kind == TargetKind.Namespace ? Space : "" }, Stop);
        // A node that runs something, so that draining it means something.
        var busy = (await PodsAsync()).Select(pod => pod.Text("spec", "nodeName")).First();
        return new Injection
        {
            Run = new RunId("chaos-1a2b3c4d"),
            Sequence = 1,
            Activity = "test",
            Driver = "kubernetes",
            Duration = TimeSpan.FromMinutes(1),
            Fault = new Fault { Name = fault, AskedAs = fault, Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Value) },
            Target = kind == TargetKind.Node ? search.Matches.Single(target => target.Name == busy) : search.Matches[0],
        };
    }

    private protected async Task<(Injection Injection, Preparation Preparation)> InjectAsync(string fault, TargetKind kind, params (string Name, string Value)[] arguments)
    {
        var injection = await AskAsync(fault, kind, arguments);
        var preparation = await Driver.PrepareAsync(injection, Stop);
        await Driver.InjectAsync(injection, preparation, Lease, Stop);
        return (injection, preparation);
    }

    /// <summary>Takes the fault off and waits until everything is as it was before.</summary>
    private protected async Task RecoverAsync(Injection injection, Preparation preparation)
    {
        await Driver.RecoverAsync(injection, preparation, Stop);
        await CleanAsync(injection, preparation);
    }

    private protected Task CleanAsync(Injection injection, Preparation preparation) => UntilAsync(
        async () => await Driver.InspectAsync(injection, preparation, Stop) is { Presence: Presence.Absent } found && found.Now == preparation.Before,
        $"{injection.Fault.Name} is off and '{preparation.Before.Text}' is so again");

    private protected async Task<IReadOnlyList<JsonObject>> PodsAsync() =>
        (await Client.ListAsync(Resource.Pods, Space, new ListQuery { LabelSelector = "app=clock" }, Stop)).Items;

    private protected static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < LabFixture.Patience, $"It did not happen: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Stop);
        }
    }
}
