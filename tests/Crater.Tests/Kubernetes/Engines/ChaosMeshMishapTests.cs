using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Lost messages and an API that goes away while Chaos Mesh has a fault of ours.</summary>
public sealed class ChaosMeshMishapTests : MeshBench
{
    [Fact]
    public async Task An_answer_that_is_lost_at_the_objects_creation_is_answered_by_looking_and_never_by_a_second_object()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        using var wire = new LossyWire(Lab.Connection.HttpClient, request => request.Method == HttpMethod.Post && request.RequestUri!.PathAndQuery.Contains("networkchaos", StringComparison.Ordinal));
        using var driver = Behind(wire);
        var preparation = await driver.PrepareAsync(injection, Stop);

        await driver.InjectAsync(injection, preparation, Lease, Stop);

        Assert.Equal((1, 1), (wire.Lost, Mesh.Hits["carts-1-1"]));
        await RecoverAsync(injection, preparation);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task An_answer_that_is_lost_at_the_objects_deletion_is_no_second_fault_and_no_residue()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        using var wire = new LossyWire(Lab.Connection.HttpClient, request => request.Method == HttpMethod.Delete);
        using var driver = Behind(wire);
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);

        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Inspection? last = null;
        await Until.HoldsAsync(async () =>
        {
            await driver.RecoverAsync(injection, preparation, Stop);
            last = await driver.InspectAsync(injection, preparation, Stop);
            return last.Presence == Presence.Absent;
        }, () => $"recovered: {last}");

        Assert.Equal((1, 1), (wire.Lost, Mesh.Hits["carts-1-1"]));
        Assert.Equal(preparation.Before, last!.Now);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task While_the_API_is_away_nothing_is_said_of_the_fault_and_when_it_is_back_it_comes_off()
    {
        using var wire = new LossyWire(Lab.Connection.HttpClient, _ => false);
        using var driver = Behind(wire);
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);

        wire.IsAway = true;
        Assert.Equal(Presence.Unknown, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RenewAsync(injection, preparation, Lease, Stop));
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Assert.NotNull(Object("NetworkChaos"));

        wire.IsAway = false;
        await RecoverAsync(injection, preparation);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task An_object_whose_creation_is_under_way_when_recovery_begins_is_waited_for_and_taken_off()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        using var wire = new SlowPost(Lab.Connection.HttpClient);
        using var driver = new ChaosMeshDriver(new KubernetesClient(wire.Client, "crater-lab", TimeProvider.System), new EngineOptions { Patience = Quick }, TimeProvider.System);
        var preparation = await driver.PrepareAsync(injection, Stop);
        using var abort = new CancellationTokenSource();
        var injecting = driver.InjectAsync(injection, preparation, Lease, abort.Token);
        await wire.Sent.Task;
        await abort.CancelAsync();

        var recovering = driver.RecoverAsync(injection, preparation, Stop);
        Assert.False(recovering.IsCompleted);
        wire.Go.TrySetResult();
        await recovering;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => injecting);
        Assert.True(Object("NetworkChaos") is not { } left || left.IsTerminating());
    }

    /// <summary>A server with slow webhooks: it makes the object, whether or not anybody still waits for the answer.</summary>
    private sealed class SlowPost(HttpClient behind) : HttpMessageHandler
    {
        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HttpClient Client => new(this, disposeHandler: false) { BaseAddress = behind.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken abort)
        {
            var copy = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery.TrimStart('/'));
            copy.Headers.Accept.ParseAdd(string.Join(", ", request.Headers.Accept));
            if (request.Content is { } content)
            {
                copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(CancellationToken.None));
                copy.Content.Headers.ContentType = content.Headers.ContentType;
            }

            return await (request.Method == HttpMethod.Post ? LateAsync(copy).WaitAsync(abort) : behind.SendAsync(copy, abort));
        }

        private async Task<HttpResponseMessage> LateAsync(HttpRequestMessage request)
        {
            Sent.TrySetResult();
            await Go.Task;
            return await behind.SendAsync(request, CancellationToken.None);
        }
    }

    private static ChaosMeshDriver Behind(LossyWire wire) => new(new KubernetesClient(wire.Client, "crater-lab", TimeProvider.System), new EngineOptions { Patience = Quick }, TimeProvider.System);
}
