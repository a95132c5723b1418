using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

/// <summary>Death and lost messages at every request of injection and recovery: afterwards everything is as it was, and nothing of ours is left.</summary>
public sealed class MishapTests : IAsyncLifetime
{
    /// <summary>More requests than any of these faults sends.</summary>
    private const int StepsMax = 40;

    /// <summary>Over for so long that whoever comes by may finish it, and nothing of it can still be on its way.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(-10);

    public static readonly TheoryData<string, TargetKind, string, string> Faults = new()
    {
        { "deployment-scale", TargetKind.Deployment, "carts", "replicas=3" },
        { "configmap-tamper", TargetKind.ConfigMap, "settings", "key=mode;value=broken" },
        { "deployment-delete", TargetKind.Deployment, "carts", "" },
        { "cluster-pending-pods", TargetKind.Namespace, "shop", "count=2;name=crowd;image=none" },
    };

    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", replicas: 0);
        await _lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"mode":"fast"}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task After_a_death_at_any_request_of_the_injection_whoever_comes_by_puts_everything_back(string fault, TargetKind kind, string name, string arguments)
    {
        foreach (var mishap in (Mishap[])[Mishap.DeathBefore, Mishap.DeathAfter])
        {
            await AtEveryStepAsync(fault, kind, name, arguments, mishap, isInjection: true, afterwards: (_, _) => ComeByAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task After_a_death_at_any_request_of_the_recovery_whoever_comes_by_puts_everything_back(string fault, TargetKind kind, string name, string arguments)
    {
        foreach (var mishap in (Mishap[])[Mishap.DeathBefore, Mishap.DeathAfter])
        {
            await AtEveryStepAsync(fault, kind, name, arguments, mishap, isInjection: false, afterwards: (_, _) => ComeByAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task After_a_lost_message_at_any_request_of_the_injection_recovery_puts_everything_back(string fault, TargetKind kind, string name, string arguments)
    {
        foreach (var mishap in (Mishap[])[Mishap.RequestLost, Mishap.AnswerLost])
        {
            await AtEveryStepAsync(fault, kind, name, arguments, mishap, isInjection: true,
                afterwards: (injection, preparation) => new KubernetesDriver(_lab.Client, TimeProvider.System).RecoverAsync(injection, preparation, Stop));
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task After_a_lost_message_at_any_request_of_the_recovery_doing_it_again_puts_everything_back(string fault, TargetKind kind, string name, string arguments)
    {
        foreach (var mishap in (Mishap[])[Mishap.RequestLost, Mishap.AnswerLost])
        {
            await AtEveryStepAsync(fault, kind, name, arguments, mishap, isInjection: false,
                afterwards: (injection, preparation) => new KubernetesDriver(_lab.Client, TimeProvider.System).RecoverAsync(injection, preparation, Stop));
        }
    }

    private async Task AtEveryStepAsync(
        string fault, TargetKind kind, string name, string arguments, Mishap mishap, bool isInjection, Func<Injection, Preparation, Task> afterwards)
    {
        var before = Content();
        for (var step = 1; step <= StepsMax; step++)
        {
            var injection = _lab.Injection(fault, kind, name, step,
                [.. arguments.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(argument => argument.Split('=', 2)).Select(parts => (parts[0], parts[1]))]);
            using var wire = new FaultyWire(_lab.Connection.HttpClient, step, mishap);
            using var http = wire.Client;
            var healthy = new KubernetesDriver(_lab.Client, TimeProvider.System);
            var wired = new KubernetesDriver(new KubernetesClient(http, "faulty", TimeProvider.System), TimeProvider.System);
            var preparation = await healthy.PrepareAsync(injection, Stop);
            if (!isInjection)
            {
                await healthy.InjectAsync(injection, preparation, Lease, Stop);
            }

            await IgnoringAsync(isInjection
                ? wired.InjectAsync(injection, preparation, Lease, wire.Life)
                : wired.RecoverAsync(injection, preparation, wire.Life));
            await afterwards(injection, preparation);
            Assert.Equal(before, Content());
            if (!wire.WasReached)
            {
                Assert.True(step > 2, "The fault sends more than one request.");
                return;
            }
        }

        Assert.Fail($"{fault} sends more than {StepsMax} requests.");
    }

    private async Task ComeByAsync()
    {
        var keeper = new ApiStateKeeper(_lab.Client, ["shop"], TimeProvider.System);
        Assert.All(await keeper.RecoverExpiredAsync(Stop), change => Assert.Empty(change.Problem));
        await keeper.TidyAsync(Stop);
    }

    private static async Task IgnoringAsync(Task act)
    {
        try
        {
            await act;
        }
        catch (Exception e) when (e is OperationCanceledException or CraterException)
        {
            // What goes wrong here is put right by whoever comes next.
        }
    }

    /// <summary>What is there, without what no restoration can bring back.</summary>
    private string Content()
    {
        string[] kinds = ["deployments.apps", "configmaps", "secrets", "pods", "namespaces"];
        return string.Join('\n', kinds.SelectMany(kind => _lab.Store.List(kind, kind == "namespaces" ? null : "shop").Items.Select(found => $"{kind} {found.Name()} {Manifest.Hash(found)} {found.At("data")?.ToJsonString()}"))
            .Order(StringComparer.Ordinal));
    }
}
