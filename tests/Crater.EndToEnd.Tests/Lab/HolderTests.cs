using System.Net;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Lab;
using Crater.Lab.Api;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

public sealed class HolderTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly Preparation Nothing = new() { Before = new Fingerprint("") };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_pod_goes_on_after_recovery_and_its_injection_is_never_put_on_again()
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        lab.Store.Create("pods", LabFixture.Pod("clock", """["sleep", "1000"]"""));
        await lab.UntilAsync("clock", pod => pod.IsReady());
        var injection = Injection("clock", "process-stop");

        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal(Presence.Present, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        Assert.NotEqual(preparation.Before, (await driver.InspectAsync(injection, preparation, Stop)).Now);

        await driver.RecoverAsync(injection, preparation, Stop);
        var after = await driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before), (after.Presence, after.Now));
        var refused = await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(injection, preparation, Lease, Stop));
        Assert.Equal("CRT6702", refused.Code);
    }

    [Fact]
    public async Task An_injection_that_was_recovered_before_it_arrived_is_refused()
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        lab.Store.Create("pods", LabFixture.Pod("late", """["sleep", "1000"]"""));
        await lab.UntilAsync("late", pod => pod.IsReady());
        var injection = Injection("late", "network-partition");
        Assert.Equal(Presence.Absent, (await driver.InspectAsync(injection, Nothing, Stop)).Presence);
        await driver.RecoverAsync(injection, Nothing, Stop);
        var refused = await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(injection, Nothing, Lease, Stop));
        Assert.Equal("CRT6702", refused.Code);
    }

    [Fact]
    public async Task A_lease_that_nobody_renews_ends_the_fault()
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        lab.Store.Create("pods", LabFixture.Pod("orphan", """["sleep", "1000"]"""));
        await lab.UntilAsync("orphan", pod => pod.IsReady());
        var injection = Injection("orphan", "process-stop");
        await driver.InjectAsync(injection, Nothing, TimeSpan.FromSeconds(1), Stop);
        await LabFixture.UntilAsync(async () => (await driver.InspectAsync(injection, Nothing, Stop)).Presence == Presence.Absent, "the lease ran out");
        await Assert.ThrowsAsync<CraterException>(() => driver.RenewAsync(injection, Nothing, Lease, Stop));
    }

    [Fact]
    public async Task A_lab_that_does_not_answer_makes_presence_unknown()
    {
        using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") };
        var inspection = await new LabDriver(http).InspectAsync(Injection("any", "process-stop"), Nothing, Stop);
        Assert.Equal((Presence.Unknown, null), (inspection.Presence, inspection.Now));
    }

    [Fact]
    public async Task A_second_stop_of_the_same_pod_is_refused_and_names_the_first()
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        lab.Store.Create("pods", LabFixture.Pod("twice", """["sleep", "1000"]"""));
        await lab.UntilAsync("twice", pod => pod.IsReady());
        await driver.InjectAsync(Injection("twice", "process-stop"), Nothing, Lease, Stop);
        var refused = await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(Injection("twice", "process-stop", sequence: 2), Nothing, Lease, Stop));
        Assert.Equal("CRT6705", refused.Code);
        Assert.Contains("chaos-0000abcd.1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Faults_on_one_pod_compose_and_any_order_of_recovery_ends_in_the_base_state(int first, int second)
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        await ServiceTests.ServeAsync(lab);
        Injection[] injections =
            [Injection("web", "http-status", 1, ("status", "500")), Injection("web", "network-delay", 2, ("delay", "10ms"))];
        var before = new List<Preparation>();
        foreach (var injection in injections)
        {
            before.Add(await driver.PrepareAsync(injection, Stop));
            await driver.InjectAsync(injection, before[^1], Lease, Stop);
        }

        Assert.Equal(HttpStatusCode.InternalServerError, await AskAsync(lab));
        foreach (var number in (int[])[first, second])
        {
            var injection = injections[number - 1];
            await driver.RecoverAsync(injection, before[number - 1], Stop);
            var after = await driver.InspectAsync(injection, before[number - 1], Stop);
            Assert.Equal((Presence.Absent, before[number - 1].Before), (after.Presence, after.Now));
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync(lab));
    }

    [Theory]
    [InlineData("network-delay", "delay", "60s")]
    [InlineData("network-partition", "direction", "both")]
    public async Task Requests_wait_for_a_faulty_network_and_flow_at_once_when_it_recovers(string fault, string parameter, string value)
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        await ServiceTests.ServeAsync(lab);
        var injection = Injection("web", fault, 1, (parameter, value));
        await driver.InjectAsync(injection, Nothing, Lease, Stop);
        var asking = AskAsync(lab);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop);
        Assert.False(asking.IsCompleted);
        await driver.RecoverAsync(injection, Nothing, Stop);
        Assert.Equal(HttpStatusCode.OK, await asking);
    }

    [Fact]
    public async Task An_aborted_request_ends_in_a_broken_connection()
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        await ServiceTests.ServeAsync(lab);
        var injection = Injection("web", "http-abort", 1, ("path", "/"));
        await driver.InjectAsync(injection, Nothing, Lease, Stop);
        Assert.True(NoAnswer.Is(await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(lab))));
        await driver.RecoverAsync(injection, Nothing, Stop);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(lab));
    }

    [Theory]
    [InlineData("cpu-burn", "percent", "50")]
    [InlineData("memory-fill", "bytes", "50000000")]
    public async Task What_a_fault_uses_is_counted_to_the_pod_and_gone_after_recovery(string fault, string parameter, string value)
    {
        await using var lab = await LabFixture.StartAsync();
        using var http = LabDriver.Client(lab.ApiAddress, lab.Token, lab.CertificatePem);
        var driver = new LabDriver(http);
        lab.Store.Create("pods", LabFixture.Pod("idle", """["sleep", "1000"]"""));
        await lab.UntilAsync("idle", pod => pod.IsReady());
        var injection = Injection("idle", fault, 1, (parameter, value));
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, TimeSpan.FromSeconds(60), Stop);
        await LabFixture.UntilAsync(() => lab.Usage().Any(used => used.Pod == "idle" && (fault == "cpu-burn" ? used.Cores > 0.1 : used.Bytes > 50_000_000)), "the pod uses it");
        await driver.RecoverAsync(injection, preparation, Stop);
        var after = await driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before), (after.Presence, after.Now));
    }

    private static async Task<HttpStatusCode> AskAsync(LabCluster lab)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.GetAsync(new Uri($"http://{lab.Services.Single(service => service.Name == "web").Address}/"), Stop);
        return answer.StatusCode;
    }

    private static Injection Injection(string pod, string fault, int sequence = 1, params (string Name, string Value)[] arguments) => new()
    {
        Run = new RunId("chaos-0000abcd"),
        Sequence = sequence,
        Activity = "a test",
        Fault = new Fault { Name = fault, AskedAs = fault, Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Value) },
        Target = new Target { Kind = TargetKind.Pod, Namespace = "default", Name = pod, Uid = $"uid-{pod}" },
        Driver = "lab",
        Duration = TimeSpan.FromSeconds(60),
    };
}
