using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>kubectl gets from the lab, call by call, what a real cluster answered.</summary>
public sealed class KubectlRecordingTests(RecordedLab lab) : IClassFixture<RecordedLab>
{
    public static TheoryData<string> Scenarios => [.. KubectlRecording.All.Select(scenario => scenario.Key)];

    public static TheoryData<string> FurtherScenarios => [.. Further.Select(scenario => scenario.Key)];

    /// <summary>Not recorded: what Kubernetes' own code says that it answers, where no recording reaches.</summary>
    private static JsonObject Further { get; } = KubectlRecording.Read("further.json");

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Kubectl_gets_the_answers_of_a_real_cluster(string scenario) => AgreeAsync(KubectlRecording.All, scenario);

    [Theory]
    [MemberData(nameof(FurtherScenarios))]
    public Task Kubectl_gets_the_answers_that_Kubernetes_specifies(string scenario) => AgreeAsync(Further, scenario);

    private async Task AgreeAsync(JsonObject recording, string scenario)
    {
        if (!KubectlTool.IsThere)
        {
            Assert.Skip("kubectl 1.28 or newer is missing");
        }

        Assert.Empty(await new KubectlRecording(lab.Kubeconfig).PlayAsync(recording, scenario, TestContext.Current.CancellationToken));
    }
}
