using Crater.Lab;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>kubectl gets from the lab, call by call, what a real cluster answered.</summary>
public sealed class KubectlRecordingTests
{
    [Theory]
    [InlineData("deployment-lifecycle")]
    [InlineData("self-heal")]
    [InlineData("conflict")]
    [InlineData("dry-run")]
    [InlineData("selectors")]
    [InlineData("eviction")]
    [InlineData("restarts")]
    [InlineData("services")]
    [InlineData("statefulset")]
    [InlineData("drain")]
    [InlineData("namespaces")]
    [InlineData("rbac")]
    [InlineData("lease-hpa-ingress")]
    public async Task Kubectl_gets_the_answers_of_a_real_cluster(string scenario)
    {
        if (!KubectlTool.IsThere)
        {
            Assert.Skip("kubectl 1.28 or newer is missing");
        }

        var stop = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("crater-recording-").FullName;
        try
        {
            var kubeconfig = Path.Combine(folder, "kubeconfig");
            await using var lab = await LabCluster.StartAsync(new LabOptions
            {
                Nodes = 1,
                Images = new ImageMap().Add("localhost/busybox:1=host"),
                Kubeconfig = kubeconfig,
            }, stop);
            Assert.Empty(await new KubectlRecording(kubeconfig).PlayAsync(scenario, stop));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
