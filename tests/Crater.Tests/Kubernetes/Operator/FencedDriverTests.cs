using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Operator;
using Crater.Runs;
using Crater.Targets;
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
}
