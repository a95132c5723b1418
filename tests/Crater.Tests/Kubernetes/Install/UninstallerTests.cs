using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Keeping;
using Crater.Tests.Kubernetes.Engines;
using Xunit;

namespace Crater.Tests.Kubernetes.Install;

public sealed class UninstallerTests
{
    [Theory]
    [InlineData("chaos-mesh.org", "networkchaos", "NetworkChaos", "Chaos Mesh")]
    [InlineData("chaos-mesh.org", "podchaos", "PodChaos", "Chaos Mesh")]
    [InlineData("litmuschaos.io", "chaosengines", "ChaosEngine", "Litmus")]
    public async Task An_object_of_ours_that_another_engine_works_on_is_in_the_way(string group, string plural, string kind, string engine)
    {
        await using var lab = await LabApi.StartAsync();
        await EngineDefinitions.InstallAsync(lab.Client, EngineDefinitions.ChaosMesh(), LabApi.Stop);
        await EngineDefinitions.InstallAsync(lab.Client, EngineDefinitions.Litmus(), LabApi.Stop);
        await lab.Client.CreateAsync(new Resource(group, "v1alpha1", plural, kind, true), "shop", LabApi.Parse(
            $$$"""{"apiVersion":"{{{group}}}/v1alpha1","kind":"{{{kind}}}","metadata":{"name":"crater-1","namespace":"shop","labels":{"app.kubernetes.io/managed-by":"crater"} },"spec":{"mode":"all","action":"pod-kill","selector":{} } }"""), LabApi.Stop);
        using var keeper = new ApiStateKeeper(lab.Client, [], TimeProvider.System);
        var found = await new Uninstaller(lab.Client, keeper, new InstallOptions(), new UninstallOptions(), TimeProvider.System, _ => { }).LookAsync(LabApi.Stop);
        var problem = Assert.Single(found);
        Assert.Equal(($"{kind} shop/crater-1", "CRT8610"), (problem.Path, problem.Code));
        Assert.Contains(engine, problem.Message, StringComparison.Ordinal);
    }
}
