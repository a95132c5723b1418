using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Operator;
using Crater.Runs;
using Crater.Targets;
using Crater.Tests.Runs;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

public sealed class FencedDriverTests
{
    [Theory]
    [InlineData(typeof(FencedDriver))]
    [InlineData(typeof(TimeLimitedDriver))]
    [InlineData(typeof(NeighbourlyDriver))]
    public void A_driver_around_another_leaves_nothing_of_it_to_a_default(Type around)
    {
        var map = around.GetInterfaceMap(typeof(IDriver));
        Assert.Equal([], map.TargetMethods.Where(method => method.DeclaringType!.IsInterface).Select(method => method.Name));
    }

    [Fact]
    public async Task Who_no_longer_leads_injects_nothing_and_takes_off_all_the_same()
    {
        await using var desk = await OperatorDesk.OpenAsync(isDefined: false);
        await desk.MapAsync("carts");
        var driver = new KubernetesDriver(desk.Client, TimeProvider.System);
        var injection = desk.Lab.Injection("configmap-tamper", TargetKind.ConfigMap, "carts", 1, ("key", "mode"), ("value", "wild"));
        var preparation = await driver.PrepareAsync(injection, LabApi.Stop);
        using var over = new Leadership(new ElectionTimes { RenewWithin = TimeSpan.Zero }, TimeProvider.System);
        var error = await Assert.ThrowsAsync<CraterException>(() => new FencedDriver(driver, over, TimeProvider.System).InjectAsync(injection, preparation, TimeSpan.FromMinutes(1), LabApi.Stop));
        Assert.Equal(("CRT8404", "calm"), (error.Code, desk.Mode("carts")));
        await driver.InjectAsync(injection, preparation, TimeSpan.FromMinutes(1), LabApi.Stop);
        await new FencedDriver(driver, over, TimeProvider.System).RecoverAsync(injection, preparation, LabApi.Stop);
        Assert.Equal("calm", desk.Mode("carts"));
    }

    [Fact]
    public async Task An_act_that_takes_longer_than_one_renewal_is_good_for_goes_on_as_long_as_the_Lease_is_renewed()
    {
        using var leadership = new Leadership(new ElectionTimes { RenewWithin = TimeSpan.FromSeconds(3) }, TimeProvider.System);
        var slow = new Slow(TimeSpan.FromSeconds(5));
        var acting = new FencedDriver(slow, leadership, TimeProvider.System).InjectAsync(Some.Injection(), Some.Preparation(), TimeSpan.FromMinutes(1), LabApi.Stop);
        while (!acting.IsCompleted)
        {
            leadership.Renewed(TimeProvider.System.GetTimestamp());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, LabApi.Stop);
        }

        Assert.Equal("slowly", await acting);
    }

    [Fact]
    public async Task An_act_that_is_under_way_when_the_Lease_is_no_longer_renewed_is_given_up()
    {
        using var leadership = new Leadership(new ElectionTimes { RenewWithin = TimeSpan.FromSeconds(0.2) }, TimeProvider.System);

        var error = await Assert.ThrowsAsync<CraterException>(() =>
            new FencedDriver(new Slow(TimeSpan.FromMinutes(5)), leadership, TimeProvider.System).InjectAsync(Some.Injection(), Some.Preparation(), TimeSpan.FromMinutes(1), LabApi.Stop));

        Assert.Equal("CRT8404", error.Code);
    }

    private sealed class Slow(TimeSpan takes) : IDriver
    {
        public string Name => "lab";

        public bool Supports(string fault) => true;

        public Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort) => throw new NotSupportedException();

        public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
        {
            await Task.Delay(takes, TimeProvider.System, abort);
            return "slowly";
        }

        public Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort) => throw new NotSupportedException();

        public Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();

        public Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget) => throw new NotSupportedException();
    }
}
