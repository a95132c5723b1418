using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>kubectl gets from the lab, call by call, what a real cluster answered.</summary>
public sealed class KubectlRecordingTests(RecordedLab lab) : IClassFixture<RecordedLab>
{
    public static TheoryData<string> Scenarios => [.. KubectlRecording.All.Select(scenario => scenario.Key)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Kubectl_gets_the_answers_of_a_real_cluster(string scenario)
    {
        if (!KubectlTool.IsThere)
        {
            Assert.Skip("kubectl 1.28 or newer is missing");
        }

        Assert.Empty(await new KubectlRecording(lab.Kubeconfig).PlayAsync(KubectlRecording.All, scenario, TestContext.Current.CancellationToken));
    }
}
